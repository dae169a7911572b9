// The main job in ten steps: from a provider's order to a protected device, and back again. Each step asks
// real programs and checks what they answer; `world` carries what later steps need.

import { createHash } from "node:crypto";
import { cpSync, existsSync, lstatSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ask } from "../e2e/http.mjs";
import { MailServer } from "../e2e/mail_server.mjs";
import { Device, Publisher, Server, expectStatus } from "../e2e/lib.mjs";
import { readStatus } from "../e2e/processes.mjs";
import { clamName, clamSource, copyOrdinary, describeFile, eicar, eicarName, eicarSource, makeInfected,
	testFiles } from "../e2e/samples.mjs";
import { StandInProvider } from "./provider.mjs";

const customer = "customer-10042";

/** Of the Subscription window, as text. */
const threeOptions = [/1\. Help me stay protected \(recommended\)/, /2\. Contact my service provider/,
	/3\. Reactivate the service/];

/** A command on a device, told and run; its exit status must be `status`. */
async function command({ teller }, device, status, ...args) {
	teller.asked(device.name, `holdfast ${args.join(" ")}`);
	const result = expectStatus(await device.cli(...args), status, `holdfast ${args.join(" ")}`);

	teller.shown(result.out + result.err);
	return result;
}

/** A request of the provider's, told and sent; the answer must have `status`. */
async function request({ teller, provider }, status, method, path, body) {
	teller.asked("provider", `${method} /${path}${body === undefined ? "" : ` ${JSON.stringify(body)}`}`);
	const answer = await provider.ask(method, path, body);

	teller.check(`the server answers ${status}`, answer.status, status);
	return answer.json;
}

function change(world, what, body) {
	return request(world, 200, "POST", `v1/subscriptions/${world.subscription.id}/${what}`, body);
}

/** Wait until the device's condition is so, and check its reason. */
async function becomes({ teller }, device, condition, reason) {
	const status = await device.untilCondition(condition);

	teller.check(`"${device.name}" is ${condition}${reason === "none" ? "" : ` (${reason})`}`, status.reason, reason);
	return status;
}

async function startServer(world) {
	const { scene, teller } = world;

	world.standIn = await new StandInProvider().start();
	scene.atEnd(() => world.standIn.stop());
	world.publisher = new Publisher(scene);
	teller.asked("vendor", "holdfast-publish keys KEYS");
	await world.publisher.makeKeys();
	teller.say("The vendor compiles and releases a first generation: it knows clam.exe by its MD5.");
	teller.shown(await world.publisher.release("first", await clamSource()));

	// No mail leaves this machine: it ends here, and `stayUp` shows what a person would read.
	world.mails = await new MailServer({ took: () => world.mailCame?.() }).start(scene);
	world.server = new Server(scene, { publisher: world.publisher,
		args: ["--smtp-url", world.mails.url, "--mail-from", "protection@holdfast.example"] });
	teller.asked("vendor", `holdfast-server run --state ${world.server.state} --updates REPO --epochs KEYS/epochs`);
	await world.server.start();
	teller.shown(world.server.url);
	const store = readFileSync(join(world.server.state, "store", "store.db"));

	teller.check("its store is one SQLite file", store.subarray(0, 15).toString(), "SQLite format 3");

	const facts = { name: "Example Broadband", phone: "+44 20 7946 0123", web: "https://broadband.example/help",
		hours: "Mon-Fri 8-20", checkin: "2s", "verify-url": world.standIn.url };

	teller.asked("vendor", "holdfast-server provider add --name 'Example Broadband' --phone ... --verify-url ...");
	world.provider = await world.server.addProvider(facts);
	teller.shown(JSON.stringify(world.provider.facts));
	teller.asked("vendor", `holdfast-server key add --provider ${world.provider.facts.id}`);
	teller.check("the API key is printed once, and only its digest is stored",
		storeHolds(world, world.provider.key), false);
	world.trust = await world.server.writeTrust();
}

function storeHolds({ server }, text) {
	const folder = join(server.state, "store");

	return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(text));
}

async function order(world) {
	world.subscription = await request(world, 201, "POST", "v1/subscriptions", { external_id: customer, seats: 1 });
	world.teller.shown(JSON.stringify(world.subscription, null, 1));
	world.teller.checkSays("the answer holds an activation code", world.subscription.activation_code,
		/^[0-9A-Z]{5}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
	world.standIn.set(customer, "active");
}

async function activate(world) {
	const { scene, teller } = world;

	world.laptop = new Device(scene, "laptop", world.trust);
	teller.asked("laptop", `holdfastd --state ${world.laptop.state} --trust trust.json`);
	await world.laptop.start();
	teller.check("before activation it says so", (await world.laptop.status()).reason, "not_activated");
	await command(world, world.laptop, 0, "activate", world.subscription.activation_code, "--name", "laptop");
	await becomes(world, world.laptop, "protected", "none");
	const { out } = await command(world, world.laptop, 0, "status");

	teller.checkSays("status says protected, by whom, and until when", out, "This device is protected",
		"Example Broadband", /Confirmed until .*\b20\d\d\b/);
}

/** Spoil the published repository, look that the device refuses it, and put things right. */
async function offerSpoilt(world, { how, spoil, refusal }) {
	const { scene, teller, publisher, laptop } = world;
	const good = scene.path("repo.good");

	cpSync(publisher.repo, good, { recursive: true });
	teller.say(how);
	spoil(publisher.repo);
	const { err } = await command(world, laptop, 2, "update");
	const status = await laptop.status();

	teller.checkSays("the device says why it refuses it", err, refusal);
	teller.check("and stays with generation 2, protected", [status.data.generation, status.condition], [2, "protected"]);
	cpSync(good, publisher.repo, { recursive: true, force: true });
	rmSync(good, { recursive: true });
}

/** The newest file of the repository whose name ends so. */
function newest(folder, ending) {
	return readdirSync(folder).filter((name) => name.endsWith(ending)).map((name) => join(folder, name))
		.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).pop();
}

function flipBit(path) {
	const bytes = readFileSync(path);

	bytes[bytes.length >> 1] ^= 1;
	writeFileSync(path, bytes);
}

function raiseVersion(path) {
	const text = readFileSync(path, "utf8");

	writeFileSync(path, text.replace(/"version":(\d+)/, (all, n) => `"version":${Number(n) + 1}`));
}

const generation = async (device) => (await device.status()).data.generation;

async function update(world) {
	const { scene, teller, publisher, laptop } = world;
	const bait = scene.path("bait.com");
	const known = { ...await clamSource(), ...eicarSource() };

	writeFileSync(bait, eicar());
	await command(world, laptop, 0, "scan", bait);
	teller.check("generation 1 does not know the EICAR test string", await generation(laptop), 1);
	teller.asked("vendor", "holdfast-publish build -o second.hfdb SOURCES && holdfast-publish release ... second.hfdb");
	teller.shown(await publisher.release("second", known));
	await command(world, laptop, 0, "update");
	teller.check("the device uses generation 2", await generation(laptop), 2);
	const found = await command(world, laptop, 1, "scan", "--no-quarantine", bait);

	teller.checkSays("generation 2 knows it", found.out, eicarName);
	rmSync(bait);

	await publisher.release("third", { ...known, "more.hsb": moreSource() });
	await offerSpoilt(world, {
		how: "Generation 3 is released, and somebody flips one bit of the database on its way, and of what leads to it:",
		spoil: (repo) => ["hfdb", "segment.2-3"].forEach((ending) => flipBit(newest(join(repo, "targets"), ending))),
		refusal: "digest",
	});
	await offerSpoilt(world, {
		how: "Somebody edits the signed metadata instead:",
		spoil: (repo) => raiseVersion(join(repo, "metadata", "timestamp.json")),
		refusal: "signature",
	});
	teller.say("The repository is put right again.");
	await command(world, laptop, 0, "update");
	teller.check("the untouched generation 3 is taken", await generation(laptop), 3);
}

/** One more signature, so that the next generation differs. */
function moreSource() {
	return `${createHash("sha256").update("more").digest("hex")}:4:Holdfast.Test.More\n`;
}

async function scan(world) {
	const { scene, teller, laptop } = world;
	const tree = scene.path("home");
	const programs = join(tree, "programs");
	const bytes = copyOrdinary(programs, 300);
	const infected = await makeInfected(join(tree, "downloads"));

	cpSync(testFiles, join(tree, "clamav-testfiles"), { recursive: true });
	teller.say(`A home directory: 300 programs of this machine (${(bytes / 1e6).toFixed(0)} MB), EICAR bare, in zip,`);
	teller.say("tar.gz, 7z and a zip in a tar, and the files of Debian's clamav-testfiles.");
	const before = describeFile(infected[0]);

	await command(world, laptop, 1, "scan", "--no-quarantine", tree);
	teller.say("Once more for programs, and this time what is found goes into the quarantine:");
	checkFindings(world, infected, await scanAsJson(world, tree));
	checkSandbox(world);
	teller.check("what was found is not in its place any more", infected.filter(existsSync), []);
	const entries = await listQuarantine(world);

	teller.check("it is in the quarantine",
		infected.filter((path) => !entries.some((each) => each.path === path)), []);
	await command(world, laptop, 0, "quarantine", "restore", entries.find((each) => each.path === infected[0]).id);
	teller.check("it is back byte for byte, with its mode and times", describeFile(infected[0]), before);
	await command(world, laptop, 1, "scan", infected[0]);
	await command(world, laptop, 0, "scan", programs);
}

function checkFindings({ teller }, infected, { found, summary }) {
	teller.check("every EICAR was found, however it was packed", infected.filter((path) =>
		!found.some((each) => each.path === path && each.names.includes(eicarName))), []);
	teller.check("clam.exe was found by its hash", found.some((each) =>
		each.path.endsWith("/clam.exe") && each.names.includes(clamName)), true);
	teller.check("no ordinary file was", found.filter((each) => each.path.includes("/programs/")), []);
	teller.check("all that was found was quarantined", [summary.infected, summary.quarantined],
		[found.length, found.length]);
}

/** Scan with --json; only its last line is shown. Returns { found: [{ path, names, … }], summary }. */
async function scanAsJson({ teller, laptop }, tree) {
	teller.asked("laptop", `holdfast scan --json ${tree}`);
	const result = expectStatus(await laptop.cli("scan", "--json", tree), 1, "holdfast scan");
	const lines = jsonLines(result.out);
	const summary = lines.pop();

	teller.shown(`... ${lines.length} lines, and the last one:\n${JSON.stringify(summary)}`);
	return { found: lines.filter((line) => line.verdict === "infected"), summary };
}

const jsonLines = (text) => text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));

/** The quarantine's entries; the first few are shown. */
async function listQuarantine({ teller, laptop }) {
	teller.asked("laptop", "holdfast quarantine list");
	teller.shown(expectStatus(await laptop.cli("quarantine", "list"), 0, "quarantine list").out, { most: 8 });
	return jsonLines(expectStatus(await laptop.cli("quarantine", "list", "--json"), 0, "quarantine list").out);
}

/** The worker processes of the scan live on for some seconds: what may they do? */
function checkSandbox({ teller, laptop }) {
	const workers = laptop.children("holdfast-worker").map(({ pid }) => ({ pid, status: readStatus(pid) }))
		.filter(({ status }) => status !== undefined);

	teller.check("the scan ran in processes of its own", workers.length > 0, true);
	for (const { pid, status } of workers)
		teller.check(`worker ${pid} scans behind a system call filter, without new privileges`,
			[status.Seccomp, status.NoNewPrivs, status.CapEff], ["2", "1", "0000000000000000"]);
}

async function suspend(world) {
	const { scene, teller, laptop } = world;

	world.standIn.set(customer, "suspended");
	const suspended = await change(world, "suspend", { reason: "billing" });

	teller.check("the subscription is suspended at the server", suspended.state, "suspended");
	await becomes(world, laptop, "unprotected", "billing");
	const { out } = await command(world, laptop, 0, "subscription");

	teller.checkSays("the window says why, since when, who can fix it", out, "a payment is open", "Since",
		"Who can fix it");
	teller.checkSays("and offers the three options, the recommended one first", out, ...threeOptions);
	const refused = await command(world, laptop, 3, "scan", scene.path("home"));

	teller.checkSays("a scan is refused with that reason, exit status 3", refused.err, "billing");
	teller.checkSays("so is an update", (await command(world, laptop, 3, "update")).err, "billing");
	const still = await listQuarantine(world);

	teller.check("the quarantine still lists", still.length > 0, true);
	await command(world, laptop, 0, "quarantine", "restore", still[0].id);
	teller.check("and restores", existsSync(still[0].path), true);
}

async function resume(world) {
	const { teller, laptop } = world;
	let begun = Date.now();

	await change(world, "resume");
	await becomes(world, laptop, "protected", "none");
	teller.say(`From the provider's call to the device protected: ${Date.now() - begun} ms, nothing done on it.`);

	teller.say("Suspended once more. This time the person says that it is resolved, a little early:");
	await change(world, "suspend", { reason: "billing" });
	await becomes(world, laptop, "unprotected", "billing");
	const blocked = await command(world, laptop, 3, "reactivate");

	teller.checkSays("the provider's system says suspended: still blocked, and whom to call", blocked.out, "not resolved",
		"Example Broadband");
	world.standIn.set(customer, "active");
	teller.say("The provider's own system now says active; nobody has told Holdfast.");
	begun = Date.now();
	const { out } = await command(world, laptop, 0, "reactivate");

	teller.say(`It took ${Date.now() - begun} ms.`);
	teller.checkSays("the device is protected at once", out, "This device is protected");
	teller.check("the server asked the provider's system each time",
		world.standIn.asked.map((each) => each.answered), ["suspended", "active"]);
	const { state } = await world.provider.get(world.subscription.id);

	teller.check("and the subscription is active at the server", state, "active");
}

async function transfer(world) {
	const { scene, teller, laptop } = world;
	const code = world.subscription.activation_code;

	world.desktop = await new Device(scene, "desktop", world.trust).start();
	const taken = await command(world, world.desktop, 3, "activate", code, "--name", "desktop");

	teller.checkSays("it is told that the seat is taken, and by which device", taken.err, "taken", "laptop");
	const { devices } = await world.provider.get(world.subscription.id);
	const begun = Date.now();

	await command(world, world.desktop, 0, "activate", code, "--name", "desktop", "--replace", devices[0].id);
	await becomes(world, world.desktop, "protected", "none");
	await becomes(world, laptop, "unprotected", "transferred");
	teller.say(`The laptop knew ${Date.now() - begun} ms after the desktop asked.`);
	const { out } = await command(world, laptop, 0, "subscription");

	teller.checkSays("the laptop says where the licence went", out, "moved to desktop");
	await command(world, laptop, 3, "scan", scene.path("home"));
	const seated = (await world.provider.get(world.subscription.id)).devices.filter((each) => each.seated);

	teller.check("one seat, one device", seated.map((each) => each.name), ["desktop"]);
}

async function buy(world) {
	const { teller, desktop } = world;

	const cancelled = await change(world, "cancel", { reason: "discontinued" });

	teller.check("the subscription is cancelled at the server", cancelled.state, "cancelled");
	await becomes(world, desktop, "unprotected", "discontinued");
	const { out } = await command(world, desktop, 0, "subscription");

	teller.checkSays("the window says so, and offers the three options", out, "has ended", ...threeOptions);
	await command(world, desktop, 3, "scan", "/etc/hostname");
	const url = (await command(world, desktop, 0, "purchase")).out.trim();

	teller.asked("browser", `GET ${url}`);
	const page = await ask("GET", url);

	teller.checkSays("the page says what it costs, and for which device", page.text, "desktop", "Pay now");
	const action = new URL(/action="([^"]+)"/.exec(page.text)[1], url).href;
	const begun = Date.now();

	teller.asked("browser", `POST ${action}`);
	const form = { "Content-Type": "application/x-www-form-urlencoded" };
	const paid = await ask("POST", action, { body: "", headers: form });

	teller.checkSays("the page says that it is paid", paid.text, "it is paid");
	const status = await becomes(world, desktop, "protected", "none");

	teller.say(`From paying to the device protected: ${Date.now() - begun} ms.`);
	teller.check("a retail subscription protects it now", status.provider.name, "Holdfast Direct");
	await command(world, desktop, 0, "status");
	await command(world, desktop, 0, "scan", "/etc/hostname");
}

async function printLog(world) {
	const { teller, server } = world;

	teller.asked("vendor", `holdfast-server log --state ${server.state}`);
	const log = expectStatus(await server.admin("log"), 0, "holdfast-server log");

	teller.shown(log.out, { most: Infinity });
	const check = await server.verifyLog();

	teller.check("every hash of the chains holds", check.intact, true);
	const events = await world.provider.events(world.subscription.id);

	teller.check("the subscription's events tell its story", events.map((each) => each.kind), ["ordered",
		"activated", "activate", "suspend", "resume", "suspend", "still_blocked", "resume", "transferred", "activated",
		"removal_complete", "cancel", "seat_left"]);
}

/** Title and action of each step, in order. */
export const steps = [
	["The vendor starts a server and signs up a provider", startServer],
	["The provider orders a subscription with one seat", order],
	["A device activates, and is protected", activate],
	["The vendor releases signatures; the device takes them up, and refuses what was tampered with", update],
	["The device scans a real tree", scan],
	["The provider suspends for billing", suspend],
	["The provider resolves it; then once more, through Reactivate", resume],
	["A second device takes the licence over", transfer],
	["The subscriber leaves the provider, and buys the product", buy],
	["The whole event log, its hash chain verified", printLog],
];
