// A desktop for tests: a screen that nobody sees, a session bus, and a window used over the accessibility bus
// as a person with a screen reader uses it. Screenshots are kept in build/check/screenshots.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { buildFolder, makeDirectory, until } from "../e2e/lib.mjs";
import { Started } from "../e2e/processes.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
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

	screenshot(name) {
		mkdirSync(screenshots, { recursive: true });
		spawnSync("import", ["-window", "root", join(screenshots, `${name}.png`)],
			{ env: { ...process.env, ...this.env } });
	}
}

export class Window {
	/** Open the window on a device. */
	static async open(scene, desktop, device, { language = "", args = [] } = {}) {
		const window = new Window();

		window.desktop = desktop;
		window.env = { ...desktop.env, LANGUAGE: language };
		window.program = new Started(join(buildFolder, "src/prog/window/holdfast-window"),
			["--state", device.state, ...args], { log: scene.path("window.log"), env: window.env });
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

	/** Fill in the field of that name, once it is there. */
	async type(name, text) {
		await this.find(name, "text");
		return this.#command({ do: "type", name, text });
	}

	async close() {
		this.driver.stdin.end();
		this.driver.kill();
		await this.program.stop();
	}
}
