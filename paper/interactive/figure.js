// The interactive figure: what is on the page, and what happens when somebody touches it.
// Constants and measured delays come with the page, from rttgeo itself; nothing is loaded.

const MOST_POINTS = 20;
const MOST_RTT_MS = 400;
const FIRST_RTT_MS = 30;
const NEAR_PIXELS = 14;
const LEAST_SEEN_PIXELS = 30;

class Play {
  constructor(root) {
    this.root = root;
    this.data = JSON.parse(root.querySelector(".play-data").textContent);
    this.part = (name) => root.querySelector(`.play-${name}`);
    this.map = new PlayMap(this.part("map"), this.data.earth_radius_km);
    this.points = [];
    this.chosen = -1;
    this.target = null;
    this.cross = { lon: 0, lat: 20 };
    this.zoomed = false;
    this.fillControls();
    this.listen();
    this.part("body").hidden = false;
    this.start(0);
  }

  fillControls() {
    const option = (select, text, value) => select.add(new Option(text, value));
    this.data.presets.forEach((preset, i) => option(this.part("preset"), preset.name, String(i)));
    option(this.part("preset"), "an empty map", "-1");
    for (const [name, bound] of Object.entries(this.data.bounds)) option(this.part("bound"), bound.text, name);
    this.fillCities(option);
    this.part("tick").max = this.data.ticks_ms.length - 1;
  }

  // Cities to type by name, where the page brings some: "Vienna, AT".
  fillCities(option) {
    this.cities = (this.data.cities || []).map(([name, country, lon, lat]) =>
      ({ name: `${name}, ${country}`, lon, lat, point: vector(radians(lon), radians(lat)) }));
    this.part("cities").hidden = !this.cities.length;
    const list = this.root.querySelector("datalist");
    for (const city of this.cities) list.append(new Option(city.name));
  }

  // As typed, in whatever case, with the country or without: of several the largest.
  cityNamed(text) {
    const plain = (name) => name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
    const wanted = plain(text);
    return this.cities.find((city) => plain(city.name) === wanted)
      || this.cities.find((city) => plain(city.name).startsWith(`${wanted},`));
  }

  addCity() {
    const city = this.cityNamed(this.part("city").value), rtt = this.part("city-ms").valueAsNumber;
    this.part("city-said").textContent = city ? "" : "No city of that name here: put its place on the map instead.";
    if (!city || !(rtt > 0)) return;
    if (this.points.length >= MOST_POINTS) return this.say(`There is room for ${MOST_POINTS} vantage points.`);
    this.points.push({ name: city.name, lon: city.lon, lat: city.lat, rtt_ms: rtt });
    this.chosen = this.points.length - 1;
    this.part("city").value = this.part("city-ms").value = "";
    this.part("city").focus();
    this.listPoints();
    this.update();
  }

  // The largest cities in the region, the most populous first, as a sentence.
  citiesInside() {
    const inside = this.cities.filter((city) => this.caps.every((cap) => holds(cap, city.point))).slice(0, 5);
    return inside.length ? ` The largest cities inside: ${inside.map((city) => city.name).join("; ")}.` : "";
  }

  listen() {
    const on = (name, event, then) => this.part(name).addEventListener(event, then);
    on("preset", "change", () => this.start(Number(this.part("preset").value)));
    on("bound", "change", () => this.update());
    on("tick", "input", () => this.update());
    on("zoom", "click", () => this.zoom(!this.zoomed));
    on("add", "click", () => this.add(this.cross));
    on("clear", "click", () => this.start(-1));
    on("city", "input", () => { this.part("city-said").textContent = ""; });
    on("cities", "submit", (event) => { event.preventDefault(); this.addCity(); });
    on("map", "keydown", (event) => this.key(event));
    on("map", "focus", () => this.paint());
    on("map", "blur", () => this.paint());
    on("map", "pointerdown", (event) => this.press(event));
    on("map", "pointermove", (event) => this.drag(event));
    on("map", "pointerup", (event) => this.release(event));
    on("map", "pointercancel", () => { this.held = null; });
    new ResizeObserver(() => this.paint()).observe(this.part("map"));
    onNewColours(() => this.paint());
  }

  // A preset by its number, or -1 for an empty map.
  start(number) {
    const preset = this.data.presets[number];
    this.points = preset ? preset.points.map((point) => ({ ...point })) : [];
    this.target = preset ? preset.target : null;
    this.chosen = preset ? 0 : -1;
    this.part("preset").value = preset ? String(number) : "-1";
    this.part("tick").value = preset ? Math.max(0, this.data.ticks_ms.indexOf(preset.tick_ms)) : 0;
    this.part("note").textContent = preset ? preset.note : "";
    this.zoomed = false;
    this.listPoints();
    this.update();
    if (preset && this.map.sizeOf(this.region) < LEAST_SEEN_PIXELS) this.zoom(true);
  }

  get tick() { return this.data.ticks_ms[Number(this.part("tick").value)]; }
  get bound() { return this.data.bounds[this.part("bound").value]; }

  // The clock ticked so often between question and answer: the delay is below the next tick.
  atMost(rtt, tick) { return tick ? (Math.floor(rtt / tick) + 1) * tick : rtt; }

  capsFor(tick) {
    const perMs = this.bound.km_per_ms / this.data.earth_radius_km;
    return this.points.map((point) => capOf(point.lon, point.lat, this.atMost(point.rtt_ms, tick) * perMs));
  }

  add(place) {
    if (this.points.length >= MOST_POINTS) return this.say(`There is room for ${MOST_POINTS} vantage points.`);
    this.points.push({ name: "", lon: round(place.lon, 2), lat: round(place.lat, 2), rtt_ms: FIRST_RTT_MS });
    this.chosen = this.points.length - 1;
    this.listPoints();
    this.update();
  }

  remove(number) {
    if (!(number in this.points)) return;
    this.points.splice(number, 1);
    this.chosen = Math.min(this.chosen > number ? this.chosen - 1 : this.chosen, this.points.length - 1);
    this.listPoints();
    this.update();
  }

  choose(number) {
    this.chosen = number;
    this.update();
  }

  zoom(on) {
    this.zoomed = on;
    this.update();
    if (on && !this.map.shows(this.cross) && this.region.middle) {
      const { lon, lat } = this.region.middle;
      this.cross = { lon: round(degrees(lon), 3), lat: round(degrees(lat), 3) };
      this.paint();
    }
  }

  // Work out the region again, and bring page and map in line with it.
  update() {
    this.caps = this.capsFor(this.tick);
    this.region = commonRegion(this.caps, this.data.earth_radius_km);
    const canZoom = this.caps.length > 0 && !this.region.empty;
    if (this.zoomed && canZoom && !this.held) this.map.showRegion(this.caps, this.region);
    else if (!this.zoomed) this.map.showWorld();
    this.part("zoom").setAttribute("aria-pressed", String(this.zoomed));
    const text = this.tick ? `${this.tick} ms` : "instant (exact)";
    this.part("tick-text").textContent = text;
    this.part("tick").setAttribute("aria-valuetext", text);
    this.root.dataset.areaKm2 = String(this.region.areaKm2);
    this.root.dataset.points = String(this.points.length);
    this.refreshList();
    this.say(this.result());
    this.paint();
  }

  say(text) { this.part("result").textContent = text; }

  paint() {
    const focused = document.activeElement === this.part("map") && this.part("map").matches(":focus-visible");
    this.map.draw({ caps: this.caps, region: this.region, points: this.points, chosen: this.chosen,
      target: this.target, cross: focused ? this.cross : null });
  }

  result() {
    const count = this.points.length;
    if (!count) return "No vantage point: the target can be anywhere. Put one on the map.";
    if (this.region.empty)
      return "No place is in all circles: a delay or a place is wrong, or there are several targets behind one address.";
    const area = this.region.areaKm2, radius = this.data.earth_radius_km;
    const world = area > 0.9999 * 4 * Math.PI * radius ** 2;
    if (world) return "These delays exclude nothing: the target can be anywhere on Earth (510 million km²).";
    const equal = 2 * radius * Math.asin(Math.min(1, Math.sqrt(area / (4 * Math.PI)) / radius));
    let text = `The target is within ${number(area)} km², as large as a circle of radius ${number(equal)} km.`;
    if (this.tick) {
      const exact = commonRegion(this.capsFor(0), radius);
      if (exact.areaKm2 > 0)
        text += ` With an exact clock it would be ${number(exact.areaKm2)} km²: the ticks make it ${number(area / exact.areaKm2)} times as large.`;
      else if (exact.empty) text += " Taken as exact, these delays would contradict each other.";
    }
    if (this.target) {
      const place = vector(radians(this.target.lon), radians(this.target.lat));
      const inside = this.caps.every((cap) => holds(cap, place));
      text += ` Its true place (diamond) is ${inside ? "inside" : "outside"}.`;
    }
    return text + this.citiesInside();
  }

  listPoints() {
    this.part("points").replaceChildren(...this.points.map((point, i) => this.row(point, i)));
  }

  row(point, i) {
    const item = document.createElement("li");
    const make = (tag, properties) => item.appendChild(Object.assign(document.createElement(tag), properties));
    const field = (text, kind, properties, then) => {
      const label = make("label", { className: kind, textContent: `${text} ` });
      const input = label.appendChild(Object.assign(document.createElement("input"), properties));
      input.className = `play-${kind}-input`;
      input.setAttribute("aria-label", `${text} of vantage point ${i + 1}`);
      input.addEventListener("input", () => then(input));
      input.addEventListener("focus", () => this.choose(this.points.indexOf(point)));
    };
    make("button", { type: "button", className: "number", textContent: i + 1, title: "Choose" })
      .addEventListener("click", () => this.choose(this.points.indexOf(point)));
    item.lastChild.setAttribute("aria-label", `Choose vantage point ${i + 1}`);
    const limited = (key, most) => (input) => this.set(point, key, input, most);
    field("Latitude", "lat", { type: "number", min: -90, max: 90, step: "any" }, limited("lat", 90));
    field("Longitude", "lon", { type: "number", min: -180, max: 180, step: "any" }, limited("lon", 180));
    // The slider goes by the square: a millisecond matters near by, not far away.
    field("RTT", "slide", { type: "range", min: 1, max: 1000, step: 1 }, (input) => {
      point.rtt_ms = Math.max(0.1, round(MOST_RTT_MS * (input.value / 1000) ** 2, 1));
      this.update();
    });
    field("RTT, ms", "exact", { type: "number", min: 0, max: 10000, step: "any" }, limited("rtt_ms", 10000));
    make("button", { type: "button", textContent: "✕", className: "remove" }).addEventListener("click", () => {
      const number = this.points.indexOf(point);
      this.remove(number);
      const left = this.part("points").querySelectorAll(".remove");
      (left[Math.min(number, left.length - 1)] || this.part("map")).focus();
    });
    item.lastChild.setAttribute("aria-label", `Remove vantage point ${i + 1}`);
    make("span", { className: "reach" });
    return item;
  }

  // A number somebody typed; what is none, or out of range, is marked and changes nothing.
  set(point, key, input, most) {
    const value = input.valueAsNumber, least = key === "rtt_ms" ? 0 : -most;
    const good = value >= least && value <= most && (key !== "rtt_ms" || value > 0);
    input.setAttribute("aria-invalid", String(!good));
    input.setCustomValidity(good ? "" : `a number from ${least} to ${most}`);
    if (!good) return;
    point[key] = value;
    this.update();
  }

  refreshList() {
    [...this.part("points").children].forEach((item, i) => {
      const point = this.points[i], reach = this.caps[i].radius * this.data.earth_radius_km;
      item.classList.toggle("chosen", i === this.chosen);
      const show = (kind, value) => {
        const input = item.querySelector(`.play-${kind}-input`);
        if (input !== document.activeElement || input.type === "range") input.value = value;
      };
      show("lat", point.lat);
      show("lon", point.lon);
      show("exact", point.rtt_ms);
      show("slide", Math.round(1000 * Math.sqrt(Math.min(1, point.rtt_ms / MOST_RTT_MS))));
      item.querySelector(".play-slide-input").setAttribute("aria-valuetext", `${point.rtt_ms} ms`);
      const far = excludesNothing(this.caps[i]) ? "excludes nothing" : `no further than ${number(reach)} km`;
      const known = this.tick ? `seen as below ${this.atMost(point.rtt_ms, this.tick)} ms: ` : "";
      item.querySelector(".reach").textContent = `${point.name ? point.name + ": " : ""}${known}${far}`;
    });
    this.showChosen();
  }

  // The list scrolls to the row chosen; the page stays where it is.
  showChosen() {
    const list = this.part("points"), item = list.children[this.chosen];
    if (!item) return;
    const from = item.offsetTop - list.offsetTop, to = from + item.offsetHeight;
    list.scrollTop = Math.min(from, Math.max(list.scrollTop, to - list.clientHeight));
  }

  key(event) {
    const step = event.shiftKey ? 0.2 : 1, moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const actions = {
      Enter: () => this.add(this.cross),
      Delete: () => this.remove(this.chosen),
      Backspace: () => this.remove(this.chosen),
      "+": () => this.lengthen(1),
      "-": () => this.lengthen(-1),
      z: () => this.zoom(!this.zoomed),
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) this.moveCross(...moves[event.key], step);
    else if (actions[event.key]) actions[event.key]();
    else return;
    event.preventDefault();
  }

  // A step is a fortieth of what the map shows: some 9° on the world, less when zoomed in.
  moveCross(east, north, step) {
    const size = step * Math.min(5, degrees(this.map.view.width / HALF_WIDTH / 2) / 8);
    const lat = Math.max(-90, Math.min(90, this.cross.lat + north * size));
    this.cross = { lon: round(degrees(wrap(radians(this.cross.lon + east * size))), 3), lat: round(lat, 3) };
    // Whoever walks out of the picture sees the world again.
    if (this.map.shows(this.cross)) this.paint();
    else this.zoom(false);
  }

  lengthen(ms) {
    const point = this.points[this.chosen];
    if (!point) return;
    point.rtt_ms = Math.max(0.1, round(point.rtt_ms + ms, 1));
    this.update();
  }

  nearest(x, y) {
    const far = this.points.map((point) => {
      const [px, py] = this.map.placeToPixels(point.lon, point.lat);
      return Math.hypot(px / this.map.ratio - x, py / this.map.ratio - y);
    });
    const best = far.indexOf(Math.min(...far));
    return far[best] <= NEAR_PIXELS ? best : -1;
  }

  press(event) {
    if (event.button) return;
    const hit = this.nearest(event.offsetX, event.offsetY);
    this.held = { number: hit, x: event.offsetX, y: event.offsetY, moved: false };
    if (hit < 0) return;
    this.choose(hit);
    if (event.pointerType !== "touch") this.part("map").setPointerCapture(event.pointerId);
  }

  drag(event) {
    if (!this.held || event.pointerType === "touch") return;
    this.held.moved ||= Math.hypot(event.offsetX - this.held.x, event.offsetY - this.held.y) > 4;
    const place = this.map.toPlace(event.offsetX, event.offsetY), point = this.points[this.held.number];
    if (!this.held.moved || !place || !point) return;
    Object.assign(point, { lon: round(place.lon, 2), lat: round(place.lat, 2), name: "" });
    this.update();
  }

  release(event) {
    const held = this.held;
    this.held = null;
    const place = this.map.toPlace(event.offsetX, event.offsetY);
    if (!held || !place) return;
    this.cross = place;
    if (held.number < 0 && !held.moved) this.add(place);
    else this.update();
  }
}

const round = (value, digits) => Number(value.toFixed(digits));

function number(value) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

for (const root of document.querySelectorAll(".play")) root.play = new Play(root);
