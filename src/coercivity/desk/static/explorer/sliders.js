"use strict";
// Shows the value of a slider while it moves, and holds the quantity that was moved.
document.querySelectorAll("output[data-of]").forEach(function (output) {
  const slider = document.getElementById(output.dataset.of);
  if (!slider) return;
  slider.addEventListener("input", function () {
    output.textContent = Number(slider.value).toLocaleString("en-GB", { maximumSignificantDigits: 4 });
    const box = slider.closest(".slider").querySelector("input[name=hold]");
    if (box) box.checked = true;
  });
});
