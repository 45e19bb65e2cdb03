// The map on a page of its own: what it shows lies beside it as JSON.

for (const root of document.querySelectorAll(".answer")) {
  const data = JSON.parse(root.querySelector(".answer-data").textContent);
  root.answer = new Answer(root, data.earth_radius_km, data, data.targets);
  root.parentElement.classList.add("drawn");
}
