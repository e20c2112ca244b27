"use strict";
// Shows how far a run is. The last event replaces the element, so that no new stream is opened.
(function () {
  const element = document.querySelector("[data-progress]");
  if (!element || !window.EventSource) return;
  const source = new EventSource(element.dataset.progress);
  source.addEventListener("progress", function (event) {
    const said = JSON.parse(event.data);
    element.querySelector("progress").value = said.percent;
    element.querySelector("[data-percent]").textContent = said.percent;
    element.querySelector("[data-stage]").textContent = said.stage ? ", " + said.stage : "";
    element.querySelector("[data-state]").textContent =
      said.state.charAt(0).toUpperCase() + said.state.slice(1);
  });
  source.addEventListener("end", function (event) {
    source.close();
    document.querySelectorAll("[data-while-live]").forEach(function (other) { other.remove(); });
    element.outerHTML = JSON.parse(event.data).html;
  });
})();
