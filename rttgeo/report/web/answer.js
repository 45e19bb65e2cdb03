// The map of an answer: regions, landmarks with their circles, likely cities; to zoom, drag and hover.
// Everything it shows comes with the page; nothing is loaded.

const MOST_ZOOM = 400;
const NEAR = 12; // CSS pixels within which a landmark is pointed at
const TOUCH_NEAR = 24;
const MOST_RIMS = 60;
const FEW_LANDMARKS = 12; // so many can have their names on the map
const SAME_CITY = 24; // CSS pixels within which two like names are those of one city
const SAME_DOT = 5; // and within which a town lies under the dot of what is named already
const LEAST_COUNTRY = 6; // CSS pixels across: the name of a smaller one stands beside nothing to be seen
const SQUARE_BELOW = 1.0; // heights of view up to which shapes are kept, as far as areas allow

// Rings in thousandths of a degree, first the start and then steps, as radians.
function decoded(rings) {
  return rings.map((steps) => {
    const ring = [];
    let lon = 0, lat = 0;
    for (let i = 0; i < steps.length; i += 2) {
      lon += steps[i];
      lat += steps[i + 1];
      ring.push([radians(lon / 1000), radians(lat / 1000)]);
    }
    return ring;
  });
}

// A ring in pieces, without its edges along ±180°.
function withoutCuts(ring) {
  const atCut = ([lon]) => Math.abs(lon) >= HALF_TURN - 1e-9;
  const pieces = [[]];
  ring.forEach((point, i) => {
    if (i && atCut(point) && atCut(ring[i - 1])) pieces.push([]);
    pieces.at(-1).push(point);
  });
  return pieces.filter((piece) => piece.length > 1);
}

// One city in two spellings: "Düsseldorf" and "dusseldorf", "frankfurt" and "Frankfurt am Main".
function plainName(name) {
  return name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

function sameName(one, other) {
  const [short, long] = [one, other].sort((a, b) => a.length - b.length);
  return short === long || long.startsWith(`${short} `);
}

// A region without a probability is all that the circles leave.
function regionInWords(level = 1) {
  return level < 1 ? `${Number((100 * level).toPrecision(3))} % region` : "all that is possible";
}

class AnswerMap extends PlayMap {
  constructor(canvas, earthRadiusKm) {
    super(canvas, earthRadiusKm);
    this.colourNames.push("border", "half", "label", "city");
  }

  // What lies under every answer.
  lay({ coast, borders, countries, cities }) {
    this.coast = decoded(coast);
    this.borders = decoded(borders);
    this.names = countries;
    this.towns = cities;
  }

  // Look at a place from so far that a circle of that radius fits; the whole Earth at most.
  lookAt(lon, lat, radiusKm) {
    const size = Math.min(WORLD.width, Math.max(WORLD.width / MOST_ZOOM, (2.3 * radiusKm) / this.earthRadiusKm));
    this.eye = { lon: radians(lon), y: project(0, radians(lat))[1], size };
    this.turnTo();
  }

  turnTo() {
    const { eye } = this, box = this.canvas.getBoundingClientRect();
    eye.size = Math.min(WORLD.width, Math.max(WORLD.width / MOST_ZOOM, eye.size));
    const wide = Math.max(box.width, 1) / Math.max(box.height, 1);
    const width = wide > 1 ? eye.size * wide : eye.size, height = wide > 1 ? eye.size : eye.size / wide;
    // Nothing to see beyond the poles: a view of the whole Earth stands in the middle.
    const room = Math.max(0, HALF_HEIGHT * 1.02 - height / 2);
    eye.y = Math.max(-room, Math.min(room, eye.y));
    this.view = { lon: wrap(eye.lon), x: 0, y: eye.y, width: Math.min(width, WORLD.width), height: Math.min(height, WORLD.height) };
    this.squeeze = this.squeezeAt(eye.y, height);
  }

  // Equal Earth stretches shapes near the poles; near by it need not, and areas stay as they are.
  squeezeAt(y, height) {
    const parallel = parallelAt(Math.max(-HALF_HEIGHT * 0.98, Math.min(HALF_HEIGHT * 0.98, y)));
    const kept = Math.max(0, Math.min(1, 2 - (2 * height) / SQUARE_BELOW));
    return (Math.cos(parallel.lat) / parallel.stretch) ** kept;
  }

  draw(scene) {
    this.turnTo();
    this.fit();
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, this.width, this.height);
    pen.save();
    this.outline(pen);
    pen.clip();
    pen.fillStyle = this.colours.sea;
    pen.fillRect(0, 0, this.width, this.height);
    this.ground(pen);
    scene.regions.forEach((region, i) => this.shape(pen, region.rings, i ? this.colours.half : this.colours.region));
    scene.caps.forEach((cap, i) => {
      const thick = scene.landmarks[i].thick || i === scene.chosen;
      if (i === scene.chosen || (scene.chosen < 0 && (thick || i < MOST_RIMS))) this.rim(pen, cap, thick);
    });
    if (scene.limit) {
      pen.setLineDash([6 * this.ratio, 5 * this.ratio]);
      this.rim(pen, scene.limit, false);
      pen.setLineDash([]);
    }
    pen.restore();
    this.labels(pen, scene);
    scene.landmarks.forEach((landmark, i) => this.landmark(pen, landmark, i === scene.chosen));
    if (scene.truth) this.target(pen, scene.truth);
    if (scene.place) this.saltire(pen, scene.place);
    this.scaleBar(pen);
  }

  ground(pen) {
    if (!this.coast.length) return this.land(pen);
    pen.beginPath();
    for (const ring of [...this.coast]) this.trace(pen, ring);
    pen.fillStyle = this.colours.land;
    pen.fill("evenodd");
    pen.beginPath();
    for (const line of this.borders) this.trace(pen, line);
    pen.strokeStyle = this.colours.border;
    pen.lineWidth = 0.8 * this.ratio;
    pen.stroke();
  }

  shape(pen, rings, colour) {
    pen.beginPath();
    for (const ring of rings) this.trace(pen, ring);
    pen.fillStyle = colour;
    pen.fill("evenodd");
    // A part of a pixel is still a part of the answer. Where ±180° cuts a region, it has no edge.
    pen.beginPath();
    for (const ring of rings) for (const piece of withoutCuts(ring)) this.trace(pen, piece);
    pen.strokeStyle = colour;
    pen.lineWidth = 1.2 * this.ratio;
    pen.stroke();
  }

  landmark(pen, place, chosen) {
    const [x, y] = this.placeToPixels(place.lon, place.lat);
    pen.beginPath();
    pen.arc(x, y, (chosen ? 6 : 4) * this.ratio, 0, 7);
    pen.fillStyle = this.colours.rim;
    pen.fill();
    pen.lineWidth = 1.5 * this.ratio;
    pen.strokeStyle = this.colours.paper;
    pen.stroke();
  }

  saltire(pen, place) {
    const [x, y] = this.placeToPixels(place.lon, place.lat), arm = 7 * this.ratio;
    for (const [colour, width] of [[this.colours.paper, 6], [this.colours.target, 3.5]]) {
      pen.beginPath();
      pen.moveTo(x - arm, y - arm);
      pen.lineTo(x + arm, y + arm);
      pen.moveTo(x - arm, y + arm);
      pen.lineTo(x + arm, y - arm);
      pen.strokeStyle = colour;
      pen.lineWidth = width * this.ratio;
      pen.stroke();
    }
  }

  // Marks and the bar of the scale keep their places free of names.
  marked({ landmarks, place, truth }) {
    const bar = [0, this.height - 36 * this.ratio, 160 * this.ratio, this.height];
    return [...landmarks, place, truth].filter(Boolean).map((one) => {
      const [x, y] = this.placeToPixels(one.lon, one.lat), arm = (one === place || one === truth ? 8 : 5) * this.ratio;
      return [x - arm, y - arm, x + arm, y + arm];
    }).concat([bar]);
  }

  isOneCity(one, other) {
    const [[x, y], [left, top]] = [one, other].map((place) => this.placeToPixels(place.lon, place.lat));
    return Math.hypot(x - left, y - top) <= SAME_CITY * this.ratio && sameName(plainName(one.name), plainName(other.name));
  }

  // Names where there is room, the likely cities first: beside their dot; of a country, at its middle or a line away.
  labels(pen, scene) {
    const taken = (this.taken = this.marked(scene)), said = (this.named = new Map());
    const free = (box) => box[0] >= 0 && box[1] >= 0 && box[2] <= this.width && box[3] <= this.height &&
      !taken.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1]);
    const put = (text, place, size, colour, dot, hidden = -1) => {
      const [x, at] = this.placeToPixels(place.lon, place.lat), high = size * this.ratio;
      const plain = plainName(place.name);
      for (const [name, [left, y]] of said) {
        const far = Math.hypot(left - x, y - at) / this.ratio;
        if (name === plain || far <= hidden || (far <= SAME_CITY && sameName(name, plain))) return true;
      }
      pen.font = `${dot ? "" : "italic "}${high}px system-ui, sans-serif`;
      const wide = pen.measureText(text).width;
      const lines = (steps) => steps.map((step) => [x - wide / 2, at + step * high]);
      const beside = (air) => [[x + air * this.ratio, at], [x - air * this.ratio - wide, at]];
      const spots = dot ? [...beside(8), ...beside(12), ...lines([-1.4, 1.4])] : lines([0, -1, 1, -2, 2]);
      const boxOf = ([left, y]) => [left - 2, y - high * 0.7, left + wide + 2, y + high * 0.6];
      const spot = spots.find((one) => free(boxOf(one)));
      if (!spot) return false;
      said.set(plain, [x, at]);
      const [left, y] = spot;
      taken.push(boxOf(spot));
      if (dot) {
        pen.fillStyle = colour;
        pen.fillRect(x - 1.5 * this.ratio, at - 1.5 * this.ratio, 3 * this.ratio, 3 * this.ratio);
      }
      pen.lineWidth = 3 * this.ratio;
      pen.strokeStyle = this.colours.paper;
      pen.lineJoin = "round";
      pen.strokeText(text, left, y + high * 0.35);
      pen.fillStyle = colour;
      pen.fillText(text, left, y + high * 0.35);
      return true;
    };
    pen.textAlign = "left";
    pen.textBaseline = "alphabetic";
    const few = scene.landmarks.length <= FEW_LANDMARKS;
    for (const city of scene.likely) {
      const name = city.p === null ? city.name : `${city.name} ${city.p.toFixed(2)}`;
      const own = few && scene.landmarks.find((one) => this.isOneCity(one, city));
      [...(own ? [`${name}, ${own.ms}`] : []), name].some((text) => put(text, city, 13, this.colours.city, true));
    }
    // With its time where there is room for it, else by its name alone.
    if (few)
      for (const landmark of scene.landmarks)
        [`${landmark.name} ${landmark.ms}`, landmark.name].some((text) => put(text, landmark, 12, this.colours.rim, true));
    const pixelsPerKm = this.scale / this.ratio / this.earthRadiusKm;
    for (const country of this.names)
      if (country.km * pixelsPerKm >= LEAST_COUNTRY) put(country.name, country, 13, this.colours.label, false);
    for (const town of this.towns) put(town.name, town, 11, this.colours.label, true, SAME_DOT);
  }

  scaleBar(pen) {
    const perPixel = (this.earthRadiusKm / this.scale) * this.ratio;
    if (this.view.height > SQUARE_BELOW) return; // one bar is not true for a world
    const power = 10 ** Math.floor(Math.log10(perPixel * 140));
    const long = [5, 2, 1].map((n) => n * power).find((km) => km <= perPixel * 140);
    const x = 12 * this.ratio, y = this.height - 12 * this.ratio, wide = (long / perPixel) * this.ratio;
    pen.fillStyle = this.colours.paper;
    pen.fillRect(x - 6 * this.ratio, y - 20 * this.ratio, wide + 12 * this.ratio, 26 * this.ratio);
    pen.fillStyle = this.colours.label;
    pen.fillRect(x, y - 2 * this.ratio, wide, 2 * this.ratio);
    pen.font = `${11 * this.ratio}px system-ui, sans-serif`;
    pen.textAlign = "left";
    pen.textBaseline = "alphabetic";
    pen.fillText(`${long.toLocaleString("en-GB")} km`, x, y - 6 * this.ratio);
  }
}

// A sentence in which commands stand between backticks, as nodes: nothing in it is read as HTML.
function prose(text) {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return [text];
  return parts.map((part, k) => (k % 2 ? Object.assign(document.createElement("code"), { textContent: part }) : part));
}

class Answer {
  constructor(root, earthRadiusKm, backdrop, targets) {
    this.root = root;
    this.part = (name) => root.querySelector(`.answer-${name}`);
    this.map = new AnswerMap(this.part("map"), earthRadiusKm);
    this.map.lay(backdrop);
    this.pointers = new Map();
    // Several maps on a page, each with its own help.
    this.part("help").id = `answer-help-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    this.part("map").setAttribute("aria-describedby", this.part("help").id);
    root.hidden = false;
    this.tell(targets);
    this.listen();
  }

  // Other answers: the first is shown, from where the map is now or from where all of it is seen.
  tell(targets, stay = false) {
    this.targets = targets;
    this.part("choice").replaceChildren(...targets.map((target, i) => new Option(target.name, String(i))));
    this.part("choices").hidden = targets.length < 2;
    this.show(0, stay);
  }

  lay(backdrop) {
    this.map.lay(backdrop);
    this.paint();
  }

  listen() {
    const map = this.part("map");
    const on = (name, event, then, options) => this.part(name).addEventListener(event, then, options);
    on("choice", "change", () => this.show(Number(this.part("choice").value)));
    on("in", "click", () => this.zoom(0.6));
    on("out", "click", () => this.zoom(1 / 0.6));
    on("all", "click", () => this.home());
    on("map", "wheel", (event) => this.wheel(event), { passive: false });
    on("map", "keydown", (event) => this.key(event));
    on("map", "pointerdown", (event) => this.press(event));
    on("map", "pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) on("map", end, (event) => this.pointers.delete(event.pointerId));
    on("map", "pointerleave", () => this.choose(-1));
    new ResizeObserver(() => this.paint()).observe(map);
    onNewColours(() => this.paint());
  }

  show(number, stay = false) {
    this.target = this.targets[number];
    const { limit } = this.target;
    this.scene = {
      regions: this.target.regions.map((one) => ({ level: one.level, rings: decoded(one.rings) })),
      caps: this.target.landmarks.map((l) => capOf(l.lon, l.lat, l.radius_km / this.map.earthRadiusKm)),
      landmarks: this.target.landmarks, likely: this.target.likely, place: this.target.place,
      truth: this.target.truth, chosen: -1,
      limit: limit && capOf(limit.lon, limit.lat, limit.radius_km / this.map.earthRadiusKm),
    };
    this.part("rim").textContent = this.target.rim ?? "";
    this.part("region").textContent = regionInWords(this.target.regions[0]?.level);
    this.keyOf(this.scene);
    if (!stay) this.lookAtAll();
    this.choose(-1);
  }

  // The key names what is on the map, and nothing else.
  keyOf({ regions, landmarks, place, truth, limit }) {
    const there = {
      half: regions.length > 1, region: regions.length > 0, rim: this.target.rim, limit, place, truth,
      landmark: landmarks.length > 0,
    };
    for (const [part, shown] of Object.entries(there)) this.root.querySelector(`[data-part=${part}]`).hidden = !shown;
  }

  lookAtAll() {
    const { lon, lat, radius_km } = this.target.view;
    this.map.lookAt(lon, lat, radius_km);
  }

  home() {
    this.lookAtAll();
    this.paint();
  }

  paint() {
    this.map.draw(this.scene);
    this.root.dataset.chosen = String(this.scene.chosen);
    this.root.dataset.size = this.map.eye.size.toFixed(4);
    this.root.dataset.lon = degrees(this.map.view.lon).toFixed(3);
  }

  // A landmark by its number, or -1 for none: its circle alone is drawn, and what it says is said.
  choose(number) {
    const known = this.scene.landmarks[number];
    this.scene.chosen = known ? number : -1;
    this.part("said").replaceChildren(...prose(known ? known.said : this.target.said));
    this.paint();
  }

  nearest(x, y, reach) {
    let best = -1, least = reach;
    this.scene.landmarks.forEach((landmark, i) => {
      const [px, py] = this.map.placeToPixels(landmark.lon, landmark.lat);
      const far = Math.hypot(px / this.map.ratio - x, py / this.map.ratio - y);
      if (far <= least) [best, least] = [i, far];
    });
    return best;
  }

  // By a factor, around a point of the canvas or its middle.
  zoom(factor, x = null, y = null) {
    const held = x === null ? null : this.map.toPlace(x, y);
    this.map.eye.size *= factor;
    this.map.turnTo();
    this.map.fit();
    if (held) this.bring(held, x, y);
    this.paint();
  }

  // Move the map until a place is under a point of the canvas.
  bring(place, x, y) {
    for (let i = 0; i < 3; i++) {
      const [px, py] = this.map.placeToPixels(place.lon, place.lat);
      this.shift(x - px / this.map.ratio, y - py / this.map.ratio);
    }
  }

  // Drag by CSS pixels.
  shift(dx, dy) {
    const { eye, scale, ratio, squeeze } = this.map;
    const stretch = parallelAt(Math.max(-HALF_HEIGHT * 0.98, Math.min(HALF_HEIGHT * 0.98, eye.y))).stretch;
    eye.lon = wrap(eye.lon - (dx * ratio) / scale / squeeze / stretch);
    eye.y += ((dy * ratio) / scale) * squeeze;
    this.map.turnTo();
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), event.offsetX, event.offsetY);
  }

  press(event) {
    this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    this.part("map").setPointerCapture(event.pointerId);
    const reach = event.pointerType === "touch" ? TOUCH_NEAR : NEAR;
    this.choose(this.nearest(event.offsetX, event.offsetY, reach));
  }

  move(event) {
    const before = this.pointers.get(event.pointerId), now = [event.offsetX, event.offsetY];
    if (!before) return this.choose(this.nearest(...now, NEAR));
    const other = [...this.pointers].find(([id]) => id !== event.pointerId);
    this.pointers.set(event.pointerId, now);
    if (!other) this.shift(now[0] - before[0], now[1] - before[1]);
    else {
      const far = (a) => Math.max(10, Math.hypot(a[0] - other[1][0], a[1] - other[1][1]));
      return this.zoom(far(before) / far(now), (now[0] + other[1][0]) / 2, (now[1] + other[1][1]) / 2);
    }
    this.paint();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 60, count = this.scene.landmarks.length;
    const actions = {
      ArrowLeft: () => this.shift(step, 0), ArrowRight: () => this.shift(-step, 0),
      ArrowUp: () => this.shift(0, step), ArrowDown: () => this.shift(0, -step),
      "+": () => this.zoom(0.6), "=": () => this.zoom(0.6), "-": () => this.zoom(1 / 0.6), 0: () => this.home(),
      n: () => this.choose((this.scene.chosen + 1) % count),
      p: () => this.choose((this.scene.chosen - 1 + count) % count),
      Escape: () => this.choose(-1),
    };
    if (!actions[event.key]) return;
    actions[event.key]();
    event.preventDefault();
    this.paint();
  }
}
