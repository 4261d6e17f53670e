// What is pointed at and what is selected, in the panel beside the maps, and what the maps show.
function say(words) { element("status").textContent = words; }

function made(name, attributes = {}, ...children) {
  const it = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) it.setAttribute(key, value);
  it.append(...children);
  return it;
}
const nameOf = label => info.names[label];
const isRight = (map, image) => map.predictions[image] == data.labels[image];
const verdictOn = (map, image) => `${nameOf(map.predictions[image])} ${isRight(map, image) ? "✓ right" : "✗ wrong"}`;
function described(image, map) {
  if (image < 0) return "";
  return `image ${data.indices[image]}, label ${nameOf(data.labels[image])}, ${map.title} predicts ${verdictOn(map, image)}`;
}

// An image of a sheet, or its number on a page without images.
function digit(image, words = `image ${data.indices[image]}, label ${nameOf(data.labels[image])}`) {
  if (!info.columns) return made("span", { class: "number", title: words }, `${data.indices[image]}`);
  const within = image % info.columns ** 2;
  const style = `--column: ${within % info.columns}; --row: ${Math.floor(within / info.columns)}`;
  return made("span", { class: `digit sheet-${Math.floor(image / info.columns ** 2)}`, role: "img", "aria-label": words, title: words, style });
}

// Distances are the upper halves of float32 numbers.
const asFloat = half => new Float32Array(new Uint32Array([half << 16]).buffer)[0];
const rounded = value => value && value < .001 ? value.toExponential(0) : `${+value.toPrecision(2)}`;

function point(image) {
  if (image == state.pointed) return;
  state.pointed = image;
  maps.forEach(ring);
  const place = element("pointed");
  if (image < 0) return; // the last one stays, so that the panel can be read
  place.replaceChildren(
    made("div", { class: "who" }, digit(image), made("p", {}, made("b", {}, `label ${nameOf(data.labels[image])}`), made("br"), `image ${data.indices[image]}`)),
    ...maps.map(map => made("div", { class: "of-row" },
      made("p", {}, `${map.title}: `, made("b", { class: isRight(map, image) ? "right" : "wrong" }, verdictOn(map, image))),
      ...map.neighbours ? [made("ol", { "aria-label": `nearest in ${map.title}` }, ...neighboursOf(map, image))] : []))); // a published row has none
}
function neighboursOf(map, image) {
  const items = [];
  for (let k = image * info.neighbours; k < (image + 1) * info.neighbours; k++) {
    const item = made("li", {}, digit(map.neighbours[k]), made("small", {}, rounded(asFloat(map.distances[k]))));
    if (data.labels[map.neighbours[k]] != data.labels[image]) item.className = "other";
    items.push(item);
  }
  return items;
}

function select(images, isAdded) {
  if (!isAdded) state.selected.fill(0);
  for (const image of images) state.selected[image] = 1;
  state.chosen = [];
  for (let i = 0; i < total; i++) if (state.selected[i]) state.chosen.push(i);
  redraw();
  tell();
  say(`${state.chosen.length.toLocaleString("en")} selected`);
}

function bars(caption, values) {
  const counts = info.names.map((_, label) => values.filter(value => value == label).length), most = Math.max(1, ...counts);
  const rows = counts.map((count, label) => [count, label]).filter(([count]) => count).map(([count, label]) =>
    made("tr", {}, made("th", { scope: "row" }, nameOf(label)), made("td", {}, made("div", { class: "bar", style: `width: ${100 * count / most}%` })), made("td", {}, `${count}`)));
  return made("table", { class: "bars" }, made("caption", {}, caption), made("tbody", {}, ...rows));
}
function tell() {
  const { chosen } = state, map = maps[element("bars").value];
  element("selection").hidden = !chosen.length;
  element("count").textContent = `${chosen.length.toLocaleString("en")} selected`;
  element("counts").replaceChildren(
    bars("per class", chosen.map(i => data.labels[i])), bars("per prediction", chosen.map(i => map.predictions[i])));
  element("thumbnails").replaceChildren(...chosen.slice(0, 100).map(i => digit(i)));
  element("more").textContent = chosen.length > 100 ? `and ${(chosen.length - 100).toLocaleString("en")} more` : "";
}
element("bars").addEventListener("change", tell);

const quoted = word => /[",\n]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word;
element("save").addEventListener("click", () => {
  const lines = [["image", "label", ...maps.map(map => map.label)], ...state.chosen.map(i =>
    [`${data.indices[i]}`, nameOf(data.labels[i]), ...maps.map(map => nameOf(map.predictions[i]))])];
  const text = lines.map(line => line.map(quoted).join()).join("\n") + "\n";
  const link = made("a", { download: "selection.csv", href: URL.createObjectURL(new Blob([text], { type: "text/csv" })) });
  link.click();
  URL.revokeObjectURL(link.href);
});

// What is shown: the classes that are ticked, and the mistakes that are asked for.
const boxes = [...document.querySelectorAll("input[name=class]")], only = [...document.querySelectorAll("button[data-only]")];
function isShown(label) { return boxes.find(box => box.value == label)?.checked ?? true; }
function filter() {
  const wrong = element("wrong").value, right = element("right").value;
  const ticked = info.names.map((_, label) => isShown(label));
  for (let i = 0; i < total; i++) {
    const missed = wrong == "" || (wrong == "any" ? maps.some(map => !isRight(map, i)) : wrong == "all" ? maps.every(map => !isRight(map, i)) : !isRight(maps[wrong], i));
    state.shown[i] = ticked[data.labels[i]] && missed && (right == "" || isRight(maps[right], i));
  }
  const count = state.shown.reduce((sum, each) => sum + each, 0), shown = boxes.filter(box => box.checked);
  for (const button of only) button.setAttribute("aria-pressed", shown.length == 1 && shown[0].value == button.dataset.only);
  redraw();
  say(`${count.toLocaleString("en")} of ${total.toLocaleString("en")} images shown`);
}
for (const control of [...boxes, element("wrong"), element("right")]) control.addEventListener("change", filter);
for (const button of only) button.addEventListener("click", () => {
  const isAlone = button.getAttribute("aria-pressed") == "true";
  for (const box of boxes) box.checked = isAlone || box.value == button.dataset.only;
  filter();
});

element("colour").addEventListener("change", event => {
  state.colour = event.target.value;
  for (const key of document.querySelectorAll("[data-key]")) key.hidden = key.dataset.key != state.colour;
  redraw();
});
element("find").addEventListener("submit", event => {
  event.preventDefault();
  const number = element("number").valueAsNumber, image = data.indices.indexOf(number);
  if (image < 0) return say(`There is no image ${number} here.`);
  point(image);
  select([image], false);
  say(`${described(image, maps[0])}; 1 selected`);
});
