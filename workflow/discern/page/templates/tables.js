// A table sorts by the column whose button is pressed, and shows the columns that are chosen.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const first = head.dataset.first, other = first == "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") == first ? other : first;
    heads.forEach(each => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", order);
    body.append(...[...body.rows].sort(comparison(column, order == "ascending" ? 1 : -1)));
  }));
}

// Cells without a value come last in either order.
function comparison(column, sign) {
  const value = row => row.cells[column].dataset.order ?? row.cells[column].textContent.trim();
  return (one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a == "" || b == "") return (a == "") - (b == "");
    return sign * (isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b);
  };
}

for (const box of document.querySelectorAll("input[name=column]")) {
  const cells = document.querySelectorAll(`th[data-column="${box.value}"], td[data-column="${box.value}"]`);
  const show = () => cells.forEach(cell => { cell.hidden = !box.checked; });
  box.addEventListener("change", show);
  show(); // a browser may remember what was chosen
}

// A shadow at the edge says that there is more to scroll to.
const PLACES = ".scroll, .formula, nav ul";
const widths = new ResizeObserver(entries => entries.forEach(({ target }) => {
  const place = target.closest(PLACES);
  place.classList.toggle("overflows", place.scrollWidth > place.clientWidth);
}));
for (const place of document.querySelectorAll(PLACES)) {
  widths.observe(place);
  widths.observe(place.firstElementChild);
}
