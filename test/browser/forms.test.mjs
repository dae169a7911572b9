// Goal of this test: every form of every page, found by walking from page to page, takes what is missing, huge, hostile
// and repeated without an error of ours; nothing of it becomes markup, a header, or a way to another site; and the
// server is as it was.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Community } from "../e2e/community_stand_in.mjs";
import { abuseForms, walkPages } from "../e2e/form_walker.mjs";
import { BareDevice } from "../e2e/bare_device.mjs";
import { ConsoleUser } from "../e2e/console_user.mjs";
import { ask } from "../e2e/http.mjs";
import { Scene, Server, until } from "../e2e/lib.mjs";
import { MailServer, readMail } from "../e2e/mail_server.mjs";
import { Visitor } from "../e2e/visitor.mjs";

let scene, server, mail, provider, number = 0;

before(async () => {
	scene = new Scene();
	const community = await new Community().start(scene);

	mail = await new MailServer().start(scene);
	server = await new Server(scene, { args: ["--proxy", "127.0.0.1", "--community-url", community.url, "--smtp-url",
		mail.url, "--mail-from", "protect@vendor.example"] }).start();
	provider = await server.addProvider();
});

after(() => scene.close());

async function isUnharmed() {
	assert.equal((await ask("GET", server.at("healthz"))).status, 200);
	const { intact, broken_at } = await server.verifyLog();

	assert.ok(intact, `broken at ${broken_at}`);
}

test("the support site's forms", async () => {
	const arrive = async () => {
		const visitor = new Visitor(server, { roaming: true });
		const article = await visitor.get("/support/HF-1002");

		await visitor.send(article, { helpful: "yes" });
		return { visitor, pages: await walkPages(visitor, ["/support", "/support/HF-1002/comment",
			"/support/contact?device=x&reference=HF-0000-0000&article=HF-1"], { below: ["/support"] }) };
	};
	const { count, forms } = await abuseForms(arrive);

	assert.deepEqual([...new Set(forms)], ["GET /support/community", "GET /support/search", "POST /support/contact",
		"POST /support/{}/comment", "POST /support/{}/feedback"]);
	assert.ok(count > 200, `${count}`);
	await isUnharmed();
	assert.equal((await new Visitor(server).get("/support/HF-1002")).status, 200);
});

test("the portal's forms, of somebody who is signed in by mail", async () => {
	const arrive = async () => {
		const address = `person${++number}@home.example`;
		const subscription = await provider.order(`order-${number}`, 1, { recipient: { address } });
		const visitor = new Visitor(server, { roaming: true });

		for (const name of ["first", "second"]) {
			const device = new BareDevice(server, `${name}-${number}`);
			const { devices } = await provider.get(subscription.id);

			await device.activate(subscription.activation_code, devices[0] && { replace: devices[0].id });
		}
		await visitor.send(await visitor.get("/portal/sign-in"), { address });
		const link = await until("the mail with the link", async () => {
			const got = mail.got.find(({ to, raw }) => to[0] === address && raw.includes("Sign in to your"));

			return got && /\/portal\/enter\/\w+/.exec((await readMail(got)).parts[0][1])[0];
		});

		await visitor.send(await visitor.get(link), {});
		return { visitor, pages: await walkPages(visitor, ["/portal", "/portal/sign-in"], { below: ["/portal"] }) };
	};
	const { count, forms } = await abuseForms(arrive);

	assert.ok(forms.length >= 8, forms.join());
	assert.ok(count > 300, `${count}`);
	await isUnharmed();
});

/** Somebody of a provider (or, without one, of the vendor) at the console; the same as before while they are signed in. */
function atConsole(facts) {
	let user;

	return async () => {
		if (user === undefined || (await user.ask("GET", "/console/account")).status !== 200)
			user = await ConsoleUser.open(server, facts);
		return { visitor: user, pages: await walkPages(user, ["/console", "/console/account"], { below: ["/console"], ofAKind: 1 }) };
	};
}

test("the console's forms, for an owner of a provider", async () => {
	const own = await server.addProvider({ name: "Own Broadband" });
	const subscription = await own.order("console-1", 2, { recipient: { address: "ada@home.example" } });

	for (const name of ["one", "two"])
		await new BareDevice(server, `console-${name}`).activate(subscription.activation_code);
	await own.ask("POST", "v1/webhooks", { url: "http://127.0.0.1:9/hook" });
	const { count, forms } = await abuseForms(atConsole({ provider: own.facts.id }), { mayMiss: true });

	assert.ok(forms.length >= 12, forms.join());
	assert.ok(count > 500, `${count}`);
	await isUnharmed();
});

test("the console's forms, for an owner of the vendor", async () => {
	const { forms } = await abuseForms(atConsole({}), { mayMiss: true });

	assert.ok(forms.length >= 3, forms.join());
	await isUnharmed();
});
