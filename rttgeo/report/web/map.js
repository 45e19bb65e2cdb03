// The map: land, rims, the region painted parallel by parallel, vantage points, target and cross.

const LAND_RADIANS = LAND.map((steps) => {
  const ring = [];
  let lon = 0, lat = 0;
  for (let i = 0; i < steps.length; i += 2) {
    lon += steps[i];
    lat += steps[i + 1];
    ring.push([radians(lon / 10), radians(lat / 10)]);
  }
  return ring;
});
const WORLD = { lon: 0, x: 0, y: 0, width: 2 * HALF_WIDTH * 1.02, height: 2 * HALF_HEIGHT * 1.02 };
const LEAST_WIDTH = 0.01; // some 50 km: the coastline knows no more

// A canvas keeps the colours that it was drawn in: it is drawn anew where the page changes its own, for print too.
function onNewColours(paint) {
  for (const kind of ["(prefers-color-scheme: dark)", "print"]) matchMedia(kind).addEventListener("change", paint);
  // JupyterLab and the site of the documentation are turned dark by a switch of their own.
  const switches = { attributes: true, attributeFilter: ["data-jp-theme-light", "data-theme"] };
  new MutationObserver(paint).observe(document.body, switches);
}

class PlayMap {
  constructor(canvas, earthRadiusKm) {
    this.canvas = canvas;
    this.earthRadiusKm = earthRadiusKm;
    this.view = WORLD;
    this.colours = {};
    this.colourNames = ["sea", "land", "grid", "region", "rim", "mark", "on-mark", "target", "paper"];
    this.squeeze = 1; // wider by this much and lower by as much: areas stay in proportion
  }

  // Match the canvas to its place on the page and to the screen's pixels; read the page's colours.
  fit() {
    const box = this.canvas.getBoundingClientRect();
    this.ratio = window.devicePixelRatio || 1;
    this.width = Math.max(1, Math.round(box.width * this.ratio));
    this.height = Math.max(1, Math.round(box.height * this.ratio));
    if (this.canvas.width !== this.width) this.canvas.width = this.width;
    if (this.canvas.height !== this.height) this.canvas.height = this.height;
    const style = getComputedStyle(this.canvas);
    for (const name of this.colourNames)
      this.colours[name] = style.getPropertyValue(`--${name}`).trim();
    this.scale = Math.min(this.width / this.view.width, this.height / this.view.height);
  }

  // Radians to pixels; a longitude relative to the middle of the view.
  toPixels(lonRelative, lat) {
    const [x, y] = project(lonRelative, lat);
    return [this.width / 2 + (x - this.view.x) * this.scale * this.squeeze,
      this.height / 2 - ((y - this.view.y) * this.scale) / this.squeeze];
  }

  placeToPixels(lonDeg, latDeg) {
    return this.toPixels(wrap(radians(lonDeg) - this.view.lon), radians(latDeg));
  }

  shows(place) {
    const [x, y] = this.placeToPixels(place.lon, place.lat);
    return x >= 0 && x <= this.width && y >= 0 && y <= this.height;
  }

  // Pixels of the page to a place in degrees, or null beside the globe.
  toPlace(cssX, cssY) {
    const height = this.view.y - ((cssY * this.ratio - this.height / 2) / this.scale) * this.squeeze;
    const parallel = parallelAt(height);
    if (!parallel) return null;
    const across = (cssX * this.ratio - this.width / 2) / this.scale / this.squeeze;
    const lon = (this.view.x + across) / parallel.stretch;
    if (Math.abs(lon) > HALF_TURN) return null;
    return { lon: degrees(wrap(lon + this.view.lon)), lat: degrees(parallel.lat) };
  }

  showWorld() {
    this.view = WORLD;
  }

  // Around the region, with air: its middle becomes the middle of the map, so no edge cuts it.
  showRegion(caps, region) {
    const lon = region.middle ? region.middle.lon : 0;
    let left = Infinity, right = -Infinity;
    const rows = 60;
    for (let row = 0; row <= rows; row++) {
      const lat = region.low + ((region.high - region.low) * row) / rows;
      for (const [from, to] of commonArcs(caps, lat)) {
        const middle = wrap((from + to) / 2 - lon), half = (to - from) / 2;
        left = Math.min(left, project(Math.max(-HALF_TURN, middle - half), lat)[0]);
        right = Math.max(right, project(Math.min(HALF_TURN, middle + half), lat)[0]);
      }
    }
    if (left > right) left = right = 0;
    const low = project(0, region.low)[1], high = project(0, region.high)[1];
    const width = Math.max(LEAST_WIDTH, (right - left) * 1.8), height = Math.max(LEAST_WIDTH / 2, (high - low) * 1.8);
    this.view = { lon, x: (left + right) / 2, y: (low + high) / 2,
      width: Math.min(width, WORLD.width), height: Math.min(height, WORLD.height) };
  }

  draw({ caps, region, points, chosen, target, cross }) {
    this.fit();
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, this.width, this.height);
    pen.save();
    this.outline(pen);
    pen.clip();
    pen.fillStyle = this.colours.sea;
    pen.fillRect(0, 0, this.width, this.height);
    this.land(pen);
    if (!region.empty && caps.length) this.region(pen, caps, region);
    caps.forEach((cap, i) => this.rim(pen, cap, i === chosen));
    pen.restore();
    this.outline(pen);
    pen.lineWidth = this.ratio;
    pen.strokeStyle = this.colours.grid;
    pen.stroke();
    points.forEach((point, i) => this.point(pen, point, i, i === chosen));
    if (target) this.target(pen, target);
    if (cross) this.cross(pen, cross);
  }

  outline(pen) {
    pen.beginPath();
    for (let i = -90; i <= 90; i += 2) pen.lineTo(...this.toPixels(HALF_TURN, radians(i)));
    for (let i = 90; i >= -90; i -= 2) pen.lineTo(...this.toPixels(-HALF_TURN, radians(i)));
    pen.closePath();
  }

  // Everything is drawn a turn to either side as well: the outline cuts off what is too much.
  turns(lons, path) {
    const least = Math.min(...lons), most = Math.max(...lons);
    for (const turn of [-2, -1, 0, 1, 2]) {
      const shift = 2 * HALF_TURN * turn - this.view.lon;
      if (least + shift <= HALF_TURN && most + shift >= -HALF_TURN) path(shift);
    }
  }

  trace(pen, line) {
    this.turns(line.map((p) => p[0]), (shift) => {
      line.forEach(([lon, lat], i) => {
        const at = this.toPixels(lon + shift, lat);
        if (i) pen.lineTo(...at);
        else pen.moveTo(...at);
      });
    });
  }

  land(pen) {
    pen.beginPath();
    for (const ring of LAND_RADIANS) this.trace(pen, ring);
    pen.fillStyle = this.colours.land;
    pen.fill("evenodd");
    pen.beginPath();
    const parallels = Array.from({ length: 61 }, (_, i) => radians(-180 + 6 * i));
    for (let lat = -60; lat <= 60; lat += 30) this.trace(pen, parallels.map((lon) => [lon, radians(lat)]));
    for (let lon = -180; lon < 180; lon += 30)
      this.trace(pen, parallels.map((_, i) => [radians(lon), radians(-90 + 3 * i)]));
    pen.strokeStyle = this.colours.grid;
    pen.lineWidth = 0.5 * this.ratio;
    pen.stroke();
  }

  region(pen, caps, region) {
    pen.fillStyle = this.colours.region;
    for (let y = 0; y < this.height; y++) {
      const parallel = parallelAt(this.view.y - (y + 0.5 - this.height / 2) / this.scale);
      if (!parallel || parallel.lat < region.low || parallel.lat > region.high) continue;
      const size = parallel.stretch * this.scale, middle = this.width / 2 - this.view.x * this.scale;
      for (const [from, to] of commonArcs(caps, parallel.lat))
        this.turns([from, to], (shift) => pen.fillRect(middle + (from + shift) * size, y, (to - from) * size, 1));
    }
    this.smallRegion(pen, region);
  }

  // How large a region is on the page as it is shown now, in its pixels.
  sizeOf(region) {
    return (Math.sqrt(region.areaKm2) / this.earthRadiusKm) * (this.scale / this.ratio);
  }

  // What is smaller than a few pixels gets a ring around it, or nobody would see it.
  smallRegion(pen, region) {
    if (!region.middle || this.sizeOf(region) > 8) return;
    pen.beginPath();
    pen.arc(...this.toPixels(wrap(region.middle.lon - this.view.lon), region.middle.lat), 9 * this.ratio, 0, 7);
    pen.strokeStyle = this.colours.region;
    pen.lineWidth = 3 * this.ratio;
    pen.stroke();
  }

  rim(pen, cap, chosen) {
    if (excludesNothing(cap)) return;
    pen.beginPath();
    this.trace(pen, rim(cap));
    pen.strokeStyle = this.colours.rim;
    pen.lineWidth = (chosen ? 2.4 : 1.1) * this.ratio;
    pen.stroke();
  }

  point(pen, point, number, chosen) {
    const [x, y] = this.placeToPixels(point.lon, point.lat), size = (chosen ? 8.5 : 7) * this.ratio;
    pen.beginPath();
    pen.arc(x, y, size, 0, 7);
    pen.fillStyle = this.colours.mark;
    pen.fill();
    pen.lineWidth = (chosen ? 2.5 : 1.5) * this.ratio;
    pen.strokeStyle = chosen ? this.colours.rim : this.colours.paper;
    pen.stroke();
    pen.fillStyle = this.colours["on-mark"];
    pen.font = `600 ${10 * this.ratio}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(String(number + 1), x, y + 0.5 * this.ratio);
  }

  target(pen, target) {
    const [x, y] = this.placeToPixels(target.lon, target.lat), size = 7 * this.ratio;
    pen.beginPath();
    pen.moveTo(x, y - size);
    pen.lineTo(x + size, y);
    pen.lineTo(x, y + size);
    pen.lineTo(x - size, y);
    pen.closePath();
    pen.fillStyle = this.colours.target;
    pen.fill();
    pen.lineWidth = 1.5 * this.ratio;
    pen.strokeStyle = this.colours.paper;
    pen.stroke();
  }

  cross(pen, place) {
    const [x, y] = this.placeToPixels(place.lon, place.lat), arm = 11 * this.ratio;
    for (const [colour, width] of [[this.colours.paper, 4], [this.colours.target, 2]]) {
      pen.beginPath();
      pen.moveTo(x - arm, y);
      pen.lineTo(x + arm, y);
      pen.moveTo(x, y - arm);
      pen.lineTo(x, y + arm);
      pen.strokeStyle = colour;
      pen.lineWidth = width * this.ratio;
      pen.stroke();
    }
  }
}
