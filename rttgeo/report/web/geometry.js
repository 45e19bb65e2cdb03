// Circles on the sphere, what they have in common, and an equal-area map of it.
// Angles in radians unless a name says otherwise; a cap is a centre and an angular radius.

const HALF_TURN = Math.PI;
const TIE = 1e-9; // rounding, not distance: 6 mm on the ground

const radians = (degrees) => (degrees * Math.PI) / 180;
const degrees = (angle) => (angle * 180) / Math.PI;
const wrap = (lon) => lon - 2 * HALF_TURN * Math.round(lon / (2 * HALF_TURN));

function vector(lon, lat) {
  return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)];
}

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

function cross(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

// Two-argument arctangent: exact for near and for opposite points alike.
const angleBetween = (a, b) => Math.atan2(Math.hypot(...cross(a, b)), dot(a, b));

function capOf(lonDeg, latDeg, radius) {
  const lon = radians(lonDeg), lat = radians(latDeg);
  return { lon, lat, radius: Math.min(radius, HALF_TURN), centre: vector(lon, lat) };
}

const excludesNothing = (cap) => cap.radius >= HALF_TURN - 1e-12;
const holds = (cap, point) => angleBetween(cap.centre, point) <= cap.radius + TIE;

// Half the width in longitude that a cap has on a parallel: -1 for none, a half turn for all of it.
// Haversine form of cos r = sin φ sin φc + cos φ cos φc cos h, which keeps digits for small caps.
function halfWidth(cap, lat) {
  if (excludesNothing(cap)) return HALF_TURN;
  const room = Math.sin(cap.radius / 2) ** 2 - Math.sin((lat - cap.lat) / 2) ** 2;
  if (room < 0) return -1;
  const share = room / (Math.cos(lat) * Math.cos(cap.lat));
  return share >= 1 ? HALF_TURN : 2 * Math.asin(Math.sqrt(share));
}

// The stretches of a parallel that all caps hold, as [from, to] with -π ≤ from ≤ to ≤ π.
function commonArcs(caps, lat) {
  let arcs = [[-HALF_TURN, HALF_TURN]];
  for (const cap of caps) {
    const half = halfWidth(cap, lat);
    if (half < 0) return [];
    if (half >= HALF_TURN) continue;
    const from = cap.lon - half, to = cap.lon + half, turn = 2 * HALF_TURN;
    let pieces = [[from, to]];
    if (from < -HALF_TURN) pieces = [[-HALF_TURN, to], [from + turn, HALF_TURN]];
    else if (to > HALF_TURN) pieces = [[-HALF_TURN, to - turn], [from, HALF_TURN]];
    arcs = arcs.flatMap((arc) => pieces.map((p) => [Math.max(arc[0], p[0]), Math.min(arc[1], p[1])]))
      .filter((arc) => arc[0] <= arc[1]);
  }
  return arcs;
}

// Where the rims of two caps cross: p = αa + βb ± γ a×b with p·a = cos ra, p·b = cos rb.
function crossings(one, two) {
  const c = dot(one.centre, two.centre), s2 = 1 - c * c;
  if (s2 < 1e-18) return [];
  const ca = Math.cos(one.radius), cb = Math.cos(two.radius);
  const alpha = (ca - c * cb) / s2, beta = (cb - c * ca) / s2;
  const rest = 1 - alpha * alpha - beta * beta - 2 * alpha * beta * c;
  if (rest < 0) return [];
  const gamma = Math.sqrt(rest / s2), normal = cross(one.centre, two.centre);
  return [gamma, -gamma].map((g) =>
    one.centre.map((_, i) => alpha * one.centre[i] + beta * two.centre[i] + g * normal[i]));
}

// Lowest and highest latitude of what all caps hold, or null when they hold nothing in common.
// Extremes lie where two rims cross, at the top or foot of a rim, or at a pole: there are no others.
function latitudeBand(caps) {
  const found = [];
  const keep = (point, owners) => {
    if (caps.every((cap) => owners.includes(cap) || holds(cap, point)))
      found.push(Math.asin(Math.max(-1, Math.min(1, point[2]))));
  };
  keep([0, 0, 1], []);
  keep([0, 0, -1], []);
  caps.forEach((cap, i) => {
    if (excludesNothing(cap)) return;
    keep(vector(cap.lon, cap.lat + cap.radius), [cap]);
    keep(vector(cap.lon, cap.lat - cap.radius), [cap]);
    for (const other of caps.slice(0, i))
      for (const point of crossings(cap, other)) keep(point, [cap, other]);
  });
  return found.length ? [Math.min(...found), Math.max(...found)] : null;
}

// Area in km², latitudes and middle of what all caps hold; exact along parallels, midpoint rule across.
function commonRegion(caps, earthRadiusKm, rows = 1500) {
  const band = latitudeBand(caps);
  if (!band) return { empty: true, areaKm2: 0, low: 0, high: 0, middle: null };
  const [low, high] = band, step = (high - low) / rows;
  let area = 0;
  const sum = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const lat = low + (row + 0.5) * step, c = Math.cos(lat);
    for (const [from, to] of commonArcs(caps, lat)) {
      area += c * (to - from) * step;
      sum[0] += c * c * (Math.sin(to) - Math.sin(from));
      sum[1] += c * c * (Math.cos(from) - Math.cos(to));
      sum[2] += c * Math.sin(lat) * (to - from);
    }
  }
  const balanced = Math.hypot(...sum) < 1e-9 * rows;
  const middle = balanced ? null : { lon: Math.atan2(sum[1], sum[0]), lat: Math.atan2(sum[2], Math.hypot(sum[0], sum[1])) };
  return { empty: false, areaKm2: area * earthRadiusKm ** 2, low, high, middle };
}

// The rim as points with a longitude that never jumps, so that it can be drawn in one stroke.
function rim(cap, points = 240) {
  const out = [];
  let before = cap.lon;
  for (let i = 0; i <= points; i++) {
    const bearing = (2 * Math.PI * i) / points, s = Math.sin(cap.radius), c = Math.cos(cap.radius);
    const sinLat = Math.sin(cap.lat) * c + Math.cos(cap.lat) * s * Math.cos(bearing);
    const lon = cap.lon + Math.atan2(Math.sin(bearing) * s * Math.cos(cap.lat), c - Math.sin(cap.lat) * sinLat);
    before += wrap(lon - before);
    out.push([before, Math.asin(Math.max(-1, Math.min(1, sinLat)))]);
  }
  return out;
}

// Equal Earth (Šavrič, Patterson and Jenny, Int. J. Geogr. Inf. Sci. 33, 2019): areas are in proportion,
// and a parallel is a straight line, so that stretches of parallels can be painted as they are.
const A = [1.340264, -0.081106, 0.000893, 0.003796];
const HALF_WIDTH = 2.7066299836;
const HALF_HEIGHT = 1.3173627591;

function heightOf(theta) {
  const t2 = theta * theta, t6 = t2 ** 3;
  return theta * (A[0] + A[1] * t2 + t6 * (A[2] + A[3] * t2));
}

function slopeOf(theta) {
  const t2 = theta * theta, t6 = t2 ** 3;
  return A[0] + 3 * A[1] * t2 + t6 * (7 * A[2] + 9 * A[3] * t2);
}

const parametric = (lat) => Math.asin((Math.sqrt(3) / 2) * Math.sin(lat));
// Width of a radian of longitude on a parallel, and the height of the parallel, on the map.
const stretchOf = (theta) => (2 * Math.sqrt(3) * Math.cos(theta)) / (3 * slopeOf(theta));

function project(lon, lat) {
  const theta = parametric(lat);
  return [lon * stretchOf(theta), heightOf(theta)];
}

// The parallel at a height on the map: {lat, stretch}, or null beyond the poles.
function parallelAt(height) {
  if (Math.abs(height) > HALF_HEIGHT) return null;
  let theta = height / A[0];
  for (let i = 0; i < 8; i++) theta -= (heightOf(theta) - height) / slopeOf(theta);
  const sinLat = (2 / Math.sqrt(3)) * Math.sin(theta);
  return { lat: Math.asin(Math.max(-1, Math.min(1, sinLat))), stretch: stretchOf(theta) };
}
