// Makes pages nicer; none needs it. What it shows is hidden until it runs.
"use strict";

// A button with data-copy="ID" copies the text of that element.
for (const button of document.querySelectorAll("button[data-copy]")) {
	button.hidden = !navigator.clipboard;
	button.addEventListener("click", async () => {
		const before = button.textContent;

		await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
		button.textContent = "Copied";
		setTimeout(() => { button.textContent = before; }, 2000);
	});
}

// The code behind the '#' never left the browser: it is shown from there.
for (const place of document.querySelectorAll("[data-from-address]")) {
	const code = location.hash.slice(1);

	if (/^[0-9A-Z-]{13,17}$/.test(code)) {
		place.textContent = code;
		place.hidden = false;
	}
}

// What is to be mended is read out first.
document.getElementById("errors")?.focus();

// A form is sent once, however often its button is pressed.
for (const form of document.forms)
	form.addEventListener("submit", (event) => {
		if (form.dataset.sent)
			event.preventDefault();
		form.dataset.sent = "yes";
		setTimeout(() => { delete form.dataset.sent; }, 5000);
	});
window.addEventListener("pageshow", () => {
	for (const form of document.forms)
		delete form.dataset.sent;
});
