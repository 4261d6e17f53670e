// All maps in their canvases: which images are shown, in which colours, and which are selected.
const element = id => document.getElementById(`page.${id}`);
const info = JSON.parse(element("maps.info").textContent);
const data = await unpacked(element("maps.data").textContent);
const total = data.labels.length;
const state = { colour: "class", shown: new Uint8Array(total).fill(1), selected: new Uint8Array(total), chosen: [], pointed: -1 };
const maps = [...document.querySelectorAll(".map")].map((place, number) => {
  const canvas = place.querySelector("canvas");
  const map = { number, place, canvas, side: 0, view: null, ...info.rows[number] };
  for (const name of ["points", "predictions", "silhouettes", "neighbours", "distances"]) map[name] = data[name + number];
  map.medians = info.names.map((_, label) => median(map, label));
  return map;
});
const RIGHT = "#2f7fc1", WRONG = "#e07b28";

async function unpacked(text) {
  const kinds = { uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, uint32: Uint32Array };
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  return Object.fromEntries(Object.entries(info.arrays).map(([name, [kind, start, end]]) => [name, new kinds[kind](buffer.slice(start, end))]));
}

function median(map, label) {
  const axis = offset => {
    const values = [];
    for (let i = 0; i < total; i++) if (data.labels[i] == label) values.push(map.points[2 * i + offset]);
    return values.sort((a, b) => a - b)[values.length >> 1] / 65535;
  };
  return [axis(0), axis(1)];
}

// Where a place of the unit square lies in a map, in CSS pixels from its upper left corner.
function placed(map, x, y) {
  return [((x - map.view.x) * map.view.zoom + .5) * map.side, ((map.view.y - y) * map.view.zoom + .5) * map.side];
}
const placeOf = (map, image) => placed(map, map.points[2 * image] / 65535, map.points[2 * image + 1] / 65535);

// The scale of silhouettes from -1 to 1: orange, grey, blue.
function silhouetteColour(value) {
  const end = value < 0 ? [224, 123, 40] : [47, 127, 193], share = Math.abs(value);
  return `rgb(${end.map(part => Math.round(150 + share * (part - 150))).join()})`;
}
function colourOf(map, image) {
  if (state.colour == "class") return info.colours[data.labels[image]];
  if (state.colour == "prediction") return info.colours[map.predictions[image]];
  if (state.colour == "right") return map.predictions[image] == data.labels[image] ? RIGHT : WRONG;
  return silhouetteColour(Math.round(map.silhouettes[image] / 10) / 10);
}

// A point as pixels.
function stamp(colour, radius, isCross, isRinged, scale) {
  const picture = new OffscreenCanvas(Math.ceil(2 * scale * (radius + 1)), Math.ceil(2 * scale * (radius + 1)));
  const pen = picture.getContext("2d", { willReadFrequently: true });
  pen.translate(picture.width / 2, picture.height / 2);
  pen.scale(scale, scale);
  pen.fillStyle = pen.strokeStyle = colour;
  pen.lineWidth = radius / 2;
  pen.beginPath();
  if (isCross) {
    for (const sign of [-1, 1]) { pen.moveTo(-radius, -sign * radius); pen.lineTo(radius, sign * radius); }
    pen.stroke();
  } else {
    pen.arc(0, 0, radius, 0, 7);
    pen.fill();
    if (isRinged) { pen.lineWidth = 1; pen.strokeStyle = "#1c2024"; pen.stroke(); }
  }
  return pen.getImageData(0, 0, picture.width, picture.height);
}

// Paints images into the pixels of a map: a canvas takes three times as long to paint them one by one.
function painter(map, { data: target, width: side }, size, isRinged, alpha) {
  const { view, points, predictions } = map, scale = side / map.side, hasCrosses = state.colour != "right";
  const stamps = [new Map(), new Map()];
  return image => {
    const isCross = hasCrosses && predictions[image] != data.labels[image], colour = colourOf(map, image);
    const known = stamps[+isCross];
    if (!known.has(colour)) known.set(colour, stamp(colour, isCross ? 1.5 * size : size, isCross, isRinged, scale));
    const { data: source, width } = known.get(colour);
    const left = Math.round(((points[2 * image] / 65535 - view.x) * view.zoom + .5) * side - width / 2);
    const top = Math.round(((view.y - points[2 * image + 1] / 65535) * view.zoom + .5) * side - width / 2);
    for (let y = Math.max(0, -top); y < Math.min(width, side - top); y++)
      for (let x = Math.max(0, -left); x < Math.min(width, side - left); x++) {
        const from = 4 * (y * width + x), to = 4 * ((top + y) * side + left + x), share = alpha * source[from + 3] / 255;
        for (let part = 0; part < 3; part++) target[to + part] += (source[from + part] - target[to + part]) * share;
      }
  };
}

function draw(map) {
  if (!map.side) return; // its size is not known yet
  const scale = devicePixelRatio, pen = map.canvas.getContext("2d", { willReadFrequently: true }), style = getComputedStyle(map.canvas);
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.fillStyle = style.backgroundColor;
  pen.fillRect(0, 0, map.side + 1, map.side + 1);
  if (map.origin) {
    const [x, y] = placed(map, ...map.origin);
    pen.fillStyle = style.borderColor;
    pen.fillRect(x, 0, 1, map.side);
    pen.fillRect(0, y, map.side, 1);
  }
  const radius = Math.min(4, Math.max(1.2, map.side / 180)) * Math.min(2, Math.sqrt(map.view.zoom));
  const pixels = pen.getImageData(0, 0, map.canvas.width, map.canvas.height);
  const paint = painter(map, pixels, radius, false, state.chosen.length ? .1 : .6), highlight = painter(map, pixels, 1.8 * radius, true, 1);
  for (let i = 0; i < total; i++) if (state.shown[i] && !state.selected[i]) paint(i);
  for (const i of state.chosen) if (state.shown[i]) highlight(i);
  pen.putImageData(pixels, 0, 0);
  pen.font = "bold 15px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineWidth = 3;
  pen.strokeStyle = style.backgroundColor;
  pen.fillStyle = style.color;
  info.names.forEach((name, label) => {
    if (isNaN(map.medians[label][0]) || !isShown(label)) return;
    const place = placed(map, ...map.medians[label]);
    pen.strokeText(name, ...place);
    pen.fillText(name, ...place);
  });
  ring(map);
  map.place.removeAttribute("aria-busy");
}

let waiting = new Set();
function redraw(which = maps) {
  if (!waiting.size) requestAnimationFrame(() => {
    const now = waiting;
    waiting = new Set();
    now.forEach(draw);
    join();
  });
  which.forEach(map => waiting.add(map));
}

// The ring around the image that is pointed at, in every map.
function ring(map) {
  const circle = map.place.querySelector("circle"), isThere = state.pointed >= 0 && state.shown[state.pointed];
  circle.style.display = isThere ? "" : "none";
  if (!isThere) return;
  const [x, y] = placeOf(map, state.pointed);
  circle.setAttribute("cx", x);
  circle.setAttribute("cy", y);
}

// Two enlarged maps lie beside each other, and lines join the selected images.
function join() {
  const large = maps.filter(map => map.place.closest("figure").classList.contains("large"));
  const path = element("joined");
  const isJoined = large.length == 2 && state.chosen.length <= 500;
  path.ownerSVGElement.toggleAttribute("hidden", !isJoined);
  if (!isJoined) return;
  const origin = path.ownerSVGElement.getBoundingClientRect();
  const seen = (map, image) => {
    const box = map.canvas.getBoundingClientRect(), [x, y] = placeOf(map, image);
    return `${x + box.left - origin.left} ${y + box.top - origin.top}`;
  };
  path.setAttribute("d", state.chosen.map(i => `M${seen(large[0], i)}L${seen(large[1], i)}`).join(""));
}

function resetViews() {
  for (const map of maps) map.view = { x: .5, y: .5, zoom: 1 };
  redraw();
}
resetViews();

const sizes = new ResizeObserver(entries => entries.forEach(({ target, contentRect }) => {
  const map = maps.find(each => each.canvas == target);
  map.side = contentRect.width; // clientWidth is rounded
  map.canvas.width = map.canvas.height = Math.round(map.side * devicePixelRatio);
  redraw([map]);
}));
maps.forEach(map => sizes.observe(map.canvas));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
