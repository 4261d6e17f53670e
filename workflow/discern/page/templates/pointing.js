// Pointing, selecting and moving in the maps by mouse, finger and keys.
const tools = element("tools");
const REACH = { mouse: 12, pen: 12, touch: 24 };
let gesture = null;

// The image shown nearest to a place of a map, -1 if none is within reach; in CSS pixels.
function nearest(map, x, y, reach) {
  let best = -1, least = reach * reach;
  for (let i = 0; i < total; i++) {
    if (!state.shown[i]) continue;
    const [px, py] = placeOf(map, i), distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

// The nearest image within 45 degrees of a direction.
function neighbourTowards(map, [dx, dy]) {
  const [x, y] = state.pointed < 0 ? [map.side / 2, map.side / 2] : placeOf(map, state.pointed);
  let best = state.pointed, least = Infinity;
  for (let i = 0; i < total; i++) {
    if (!state.shown[i] || i == state.pointed) continue;
    const [px, py] = placeOf(map, i), along = (px - x) * dx + (py - y) * dy, across = (px - x) * dy - (py - y) * dx;
    if (along <= 0 || Math.abs(across) > along || px < 0 || py < 0 || px > map.side || py > map.side) continue;
    const distance = along * along + across * across;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

const mode = () => tools.querySelector("[data-mode][aria-pressed=true]")?.dataset.mode;
function setMode(name) {
  for (const button of tools.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", button.dataset.mode == name);
  for (const map of maps) map.canvas.style.touchAction = name ? "none" : "pan-y pinch-zoom";
}
setMode(matchMedia("(pointer: coarse)").matches ? null : "box");
for (const button of tools.querySelectorAll("[data-mode]"))
  button.addEventListener("click", () => setMode(mode() == button.dataset.mode ? null : button.dataset.mode));

function zoom(map, factor, x = map.side / 2, y = map.side / 2) {
  const next = Math.min(200, Math.max(1, map.view.zoom * factor)), change = (1 / map.view.zoom - 1 / next) / map.side;
  map.view = { x: map.view.x + (x - map.side / 2) * change, y: map.view.y - (y - map.side / 2) * change, zoom: next };
  redraw([map]);
}

function trace(map, places) {
  map.place.querySelector("path").setAttribute("d", places.length ? `M${places.map(place => place.join(" ")).join("L")}Z` : "");
}
const cornersOf = ([x, y], [u, v]) => [[x, y], [u, y], [u, v], [x, v]];

// Whether a place lies within a closed line, by the crossings of a ray.
function within([x, y], line) {
  let inside = false;
  line.forEach(([ax, ay], k) => {
    const [bx, by] = line.at(k - 1);
    if (ay > y != by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

for (const map of maps) {
  const { canvas } = map;
  const at = event => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  canvas.addEventListener("pointerdown", event => {
    if (event.button) return;
    gesture = { map, mode: mode(), line: [at(event)], view: map.view, moved: false };
    if (gesture.mode) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", event => {
    const place = at(event);
    if (gesture?.map != map) {
      if (event.pointerType != "touch") point(nearest(map, ...place, REACH.mouse));
      return;
    }
    const [start] = gesture.line;
    gesture.moved ||= Math.hypot(place[0] - start[0], place[1] - start[1]) > 4;
    if (!gesture.moved || !gesture.mode) return;
    if (gesture.mode == "pan") {
      const unit = map.side * gesture.view.zoom;
      map.view = { ...gesture.view, x: gesture.view.x - (place[0] - start[0]) / unit, y: gesture.view.y + (place[1] - start[1]) / unit };
      redraw([map]);
    } else {
      gesture.line = gesture.mode == "box" ? [start, place] : [...gesture.line, place];
      trace(map, gesture.mode == "box" ? cornersOf(...gesture.line) : gesture.line);
    }
  });
  canvas.addEventListener("pointerup", event => {
    const done = gesture;
    gesture = null;
    trace(map, []);
    if (done?.map != map) return;
    if (!done.moved) {
      const image = nearest(map, ...at(event), REACH[event.pointerType]);
      if (image < 0) return;
      point(image);
      select([image], event.shiftKey);
    } else if (done.mode == "box" || done.mode == "lasso") {
      const line = done.mode == "box" ? cornersOf(...done.line) : done.line, found = [];
      for (let i = 0; i < total; i++) if (state.shown[i] && within(placeOf(map, i), line)) found.push(i);
      select(found, event.shiftKey);
    }
  });
  canvas.addEventListener("pointercancel", () => { gesture = null; trace(map, []); });
  canvas.addEventListener("wheel", event => {
    if (mode() != "pan") return;
    event.preventDefault();
    zoom(map, Math.exp(-event.deltaY / 300), ...at(event));
  }, { passive: false });
  canvas.addEventListener("keydown", event => {
    const towards = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (towards) {
      point(neighbourTowards(map, towards));
      say(described(state.pointed, map));
    } else if (event.key == "Enter" && state.pointed >= 0) select([state.pointed], event.shiftKey);
    else if (event.key == "+" || event.key == "-") zoom(map, event.key == "+" ? 1.5 : 1 / 1.5);
    else return;
    event.preventDefault();
  });
  const title = map.place.closest("figure").querySelector("figcaption button");
  title.addEventListener("click", () => {
    const figure = map.place.closest("figure"), large = [...document.querySelectorAll("figure.large")];
    const isLarge = figure.classList.contains("large");
    if (!isLarge && large.length == 2) shrink(large[0]);
    figure.classList.toggle("large", !isLarge);
    title.setAttribute("aria-pressed", !isLarge);
    figure.scrollIntoView({ block: "start" });
    redraw();
  });
}
function shrink(figure) {
  figure.classList.remove("large");
  figure.querySelector("figcaption button").setAttribute("aria-pressed", false);
}
addEventListener("keydown", event => { if (event.key == "Escape") select([], false); });
element("reset").addEventListener("click", () => {
  document.querySelectorAll("figure.large").forEach(shrink);
  select([], false);
  point(-1);
  resetViews();
});
