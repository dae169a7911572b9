// A desktop for tests: a screen that nobody sees, a session bus, and a window used over the accessibility bus
// as a person with a screen reader uses it. Screenshots are kept in build/check/screenshots.

import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { buildFolder, makeDirectory, until } from "../e2e/lib.mjs";
import { Started } from "../e2e/processes.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const program = join(buildFolder, "src/prog/window/holdfast-window");
const screenshots = join(here, "../../build/check/screenshots");

/** The first line of a program's output. */
function firstLine(child, stream) {
	return new Promise((done, fail) => {
		createInterface({ input: stream }).once("line", done);
		child.once("exit", () => fail(new Error("it ended before it said anything")));
	});
}

export class Desktop {
	static async start(scene) {
		const desktop = new Desktop();
		const run = makeDirectory("hf-run-");

		desktop.xvfb = spawn("setpriv", ["--pdeathsig", "KILL", "Xvfb", "-displayfd", "3", "-screen", "0",
			"1000x900x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
		const display = await firstLine(desktop.xvfb, desktop.xvfb.stdio[3]);

		desktop.env = { DISPLAY: `:${display}`, GDK_BACKEND: "x11", GSK_RENDERER: "cairo", XDG_RUNTIME_DIR: run,
			XDG_CONFIG_HOME: run, XDG_CACHE_HOME: run, XDG_DATA_HOME: run, HOME: scene.dir, LANG: "C.UTF-8",
			LC_ALL: "C.UTF-8", GSETTINGS_BACKEND: "memory" };
		desktop.bus = spawn("setpriv", ["--pdeathsig", "KILL", "dbus-daemon", "--session", "--nofork",
			"--print-address"], { env: { ...process.env, ...desktop.env }, stdio: ["ignore", "pipe", "ignore"] });
		desktop.env.DBUS_SESSION_BUS_ADDRESS = await firstLine(desktop.bus, desktop.bus.stdout);
		scene.atEnd(() => desktop.stop());
		return desktop;
	}

	stop() {
		this.bus.kill();
		this.xvfb.kill();
	}

	/** Press keys ("ctrl+2", "Tab") in the window of that title. */
	keys(title, ...keys) {
		const done = spawnSync("xdotool", ["search", "--name", `^${title}$`, "windowfocus", "--sync", "key", "--delay", "40",
			...keys], { env: { ...process.env, ...this.env }, encoding: "utf8" });

		/* A key may close the window that it was pressed in. */
		if (done.status !== 0 && !done.stderr.includes("BadWindow"))
			throw new Error(`no keys for ${title}: ${done.stderr}`);
	}

	/** Stand in for the desktop's notifications: { shown: Map of id -> { title, body }, all: [{ title, body }] }. */
	async notifications() {
		const child = spawn("setpriv", ["--pdeathsig", "KILL", join(here, "notifications.py")],
			{ env: { ...process.env, ...this.env }, stdio: ["ignore", "pipe", "inherit"] });
		const seen = { shown: new Map(), all: [], stop: () => child.kill() };

		await new Promise((ready) => createInterface({ input: child.stdout }).on("line", (line) => {
			const said = JSON.parse(line);

			if (said.told !== undefined) {
				seen.shown.set(said.told, said);
				seen.all.push(said);
			}
			seen.shown.delete(said.gone);
			if (said.ready)
				ready();
		}));
		return seen;
	}

	/** A picture of the whole screen, or of the one window with that title; small, for it may be kept. */
	screenshot(name, { title = "root", folder = screenshots } = {}) {
		const path = join(folder, `${name}.png`);
		const env = { ...process.env, ...this.env };

		mkdirSync(folder, { recursive: true });
		const taken = spawnSync("import", ["-window", title, "-trim", "+repage", "-strip", "+dither", "-colors", "64",
			`PNG8:${path}`], { env });

		if (taken.status !== 0)
			throw new Error(`no screenshot of ${title}: ${taken.stderr}`);
		return path;
	}
}

/** How the person has set their desktop: { dark, contrast, text: 2, locale: "he_IL", words: a translation }. */
function lookOf(scene, desktop, { dark = false, contrast = false, text = 1, locale }) {
	const env = { ADW_DEBUG_COLOR_SCHEME: dark ? "prefer-dark" : "prefer-light",
		ADW_DEBUG_HIGH_CONTRAST: contrast ? "1" : "0" };

	/* Where no desktop says otherwise, GTK takes the size of text from here. */
	spawnSync("xprop", ["-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER", `Xft.dpi:\t${96 * text}\n`],
		{ env: { ...process.env, ...desktop.env } });
	if (locale === undefined)
		return env;
	const places = makeDirectory("hf-locale-");

	scene.atEnd(() => rmSync(places, { recursive: true, force: true }));
	spawnSync("localedef", ["-i", locale, "-f", "UTF-8", join(places, `${locale}.UTF-8`)]);
	return { ...env, LOCPATH: places, LC_ALL: `${locale}.UTF-8`, LANG: `${locale}.UTF-8` };
}

/** The program in a place of its own, where its words in another language lie beside it. */
function programWith(scene, { locale, words }) {
	const top = makeDirectory("hf-words-");
	const language = locale.replace(/_.*/, "");
	const own = join(top, "src/prog/window"), place = join(top, "po", language, "LC_MESSAGES");
	const lines = Object.entries({ "": "Content-Type: text/plain; charset=UTF-8\n", ...words })
		.map(([id, text]) => `msgid ${JSON.stringify(id)}\nmsgstr ${JSON.stringify(text)}\n`);

	scene.atEnd(() => rmSync(top, { recursive: true, force: true }));
	for (const each of [own, place])
		mkdirSync(each, { recursive: true });
	copyFileSync(program, join(own, "holdfast-window"));
	writeFileSync(join(top, "words.po"), lines.join("\n"));
	spawnSync("msgfmt", ["-o", join(place, "holdfast.mo"), join(top, "words.po")]);
	return join(own, "holdfast-window");
}

export class Window {
	/** Open the window on a device. */
	static async open(scene, desktop, device, { language = "", args = [], look = {} } = {}) {
		const window = new Window();

		window.desktop = desktop;
		window.env = { ...desktop.env, LANGUAGE: language, ...lookOf(scene, desktop, look) };
		window.program = new Started(look.words === undefined ? program : programWith(scene, look),
			["--state", device.state, ...args], { log: scene.path("window.log"), env: window.env });
		window.log = scene.path("window.log");
		window.driver = spawn("setpriv", ["--pdeathsig", "KILL", join(here, "drive.py"), "holdfast-window"],
			{ env: { ...process.env, ...window.env }, stdio: ["pipe", "pipe", "inherit"] });
		window.answers = createInterface({ input: window.driver.stdout })[Symbol.asyncIterator]();
		await until("the window is there", async () => (await window.tree())?.length > 5);
		return window;
	}

	async #command(command) {
		this.driver.stdin.write(`${JSON.stringify(command)}\n`);
		const answer = JSON.parse((await this.answers.next()).value);

		if (!answer.ok)
			throw new Error(answer.error);
		return answer.value;
	}

	/** Everything that is not hidden: [{ role, name, description, text, states }]. */
	tree() {
		return this.#command({ do: "tree" });
	}

	/** Wait until something is called so (a string or a pattern), and return it. */
	find(name, role) {
		const fits = (each) => (name instanceof RegExp ? name.test(each.name) : each.name === name) &&
			(role === undefined || each.role === role);

		return until(`"${name}" is shown`, async () => (await this.tree())?.find(fits));
	}

	/** Wait until nothing is called so any more. */
	async gone(name) {
		await until(`"${name}" is gone`, async () => !(await this.tree()).some((each) => each.name === name));
	}

	/** Press the button of that name, once it is there. */
	async press(name) {
		return this.#command({ do: "press", name: (await this.find(name)).name });
	}

	/** Go to the thing of that name by the Tab key alone, as somebody without a mouse does. */
	async goTo(title, name) {
		for (let i = 0; i < 40; i++) {
			if ((await this.tree()).some((each) => each.name === name && each.states.includes("focused")))
				return;
			this.desktop.keys(title, "Tab");
		}
		throw new Error(`the Tab key does not reach "${name}"`);
	}

	/** Fill in the field of that name, once it is there. */
	async type(name, text) {
		await this.find(name, "text");
		return this.#command({ do: "type", name, text });
	}

	async close() {
		this.driver.stdin.end();
		this.driver.kill();
		await this.program.stop();
		const wrong = readFileSync(this.log, "utf8").split("\n").filter((line) => line.includes("CRITICAL"));

		if (wrong.length > 0)
			throw new Error(`the window's program did what it must not: ${wrong.join("\n")}`);
	}
}

/** Enough of a language from right to left to see what becomes of the window. */
export const hebrew = { locale: "he_IL", words: {
	"Protection": "הגנה", "Scan": "סריקה", "Quarantine": "הסגר", "History": "היסטוריה",
	"Your protection is suspended": "ההגנה שלך מושהית",
	"{provider} has suspended your subscription because a payment is open.": "{provider} השהתה את המינוי שלך בגלל תשלום פתוח.",
	"Since": "מאז", "Who can fix it": "מי יכול לתקן", "What happens next": "מה קורה עכשיו",
	"Help me stay protected": "עזרו לי להישאר מוגן", "%s (recommended)": "%s (מומלץ)",
	"Contact my service provider": "צרו קשר עם הספק שלי" } };
