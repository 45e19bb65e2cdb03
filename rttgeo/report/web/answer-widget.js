// The map as a widget of a notebook: it is drawn anew with each answer that Python gives.

function render({ model, el }) {
  el.innerHTML = model.get("markup");
  const answer = new Answer(el.firstElementChild, model.get("earth_radius_km"), model.get("backdrop"), model.get("targets"));
  el.firstElementChild.answer = answer;
  const lay = () => answer.lay(model.get("backdrop"));
  const tell = () => answer.tell(model.get("targets"), !model.get("follow"));
  model.on("change:backdrop", lay);
  model.on("change:targets", tell);
  return () => {
    model.off("change:backdrop", lay);
    model.off("change:targets", tell);
  };
}

export default { render };
