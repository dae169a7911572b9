// The TM Forum operations, as operations.mjs has the others: each resource has a body that makes one, and the rows
// follow from it.

const LATER = new Date(Date.now() + 30 * 86400000).toISOString();
const serviceOrder = { requestedStartDate: LATER, serviceOrderItem: [{ id: "1", action: "add",
	service: { state: "active", serviceSpecification: { id: "12" } } }] };
const productOrder = { requestedStartDate: LATER, productOrderItem: [{ id: "1", quantity: 1, action: "add",
	productOffering: { id: "14" } }] };

const ORDERING = "/tmf-api/serviceOrdering/v4", INVENTORY = "/tmf-api/serviceInventory/v4";
const PRODUCT_ORDERING = "/tmf-api/productOrderingManagement/v4", PRODUCT_INVENTORY = "/tmf-api/productInventory/v4";
const CUSTOMERS = "/tmf-api/customerManagement/v4", PARTIES = "/tmf-api/party/v4";

/** Collection, and what to send to make one. */
const resources = {
	[`${ORDERING}/serviceOrder`]: () => serviceOrder,
	[`${INVENTORY}/service`]: () => ({ state: "feasibilityChecked", serviceSpecification: { id: "1" } }),
	[`${PRODUCT_ORDERING}/productOrder`]: () => productOrder,
	[`${PRODUCT_INVENTORY}/product`]: () => ({ name: "Protection", status: "created" }),
	[`${CUSTOMERS}/customer`]: () => ({ name: "Ann", engagedParty: { id: "p1" } }),
	[`${PARTIES}/individual`]: () => ({ familyName: "Lee", givenName: "Ann" }),
	[`${PARTIES}/organization`]: () => ({ tradingName: "Lee Ltd" }),
};

/** Tasks that cancel an order. */
const tasks = {
	[`${ORDERING}/cancelServiceOrder`]: async (w) => ({ serviceOrder: { id: await make(w, `${ORDERING}/serviceOrder`) } }),
	[`${PRODUCT_ORDERING}/cancelProductOrder`]: async (w) =>
		({ productOrder: { id: await make(w, `${PRODUCT_ORDERING}/productOrder`) } }),
};

const bodyFor = (collection, world) => (resources[collection] ?? tasks[collection])(world);

/** Make one as the owner; its id. */
async function make(world, collection) {
	return (await world.made(collection.slice(1), await bodyFor(collection, world))).id;
}

function rowsFor(collection, isTask) {
	const one = async (world) => ({ parts: [await make(world, collection)] });
	const rows = {
		[`GET ${collection}`]: { may: "read", query: "?limit=1" },
		[`GET ${collection}/{}`]: { may: "read", foreign: true, with: one },
		[`POST ${collection}`]: { may: "operate", answers: 201,
			with: async (world) => ({ body: await bodyFor(collection, world) }) },
	};

	if (!isTask) {
		rows[`PATCH ${collection}/{}`] = { may: "operate", foreign: true,
			with: async (world) => ({ ...await one(world), body: { description: "changed" } }) };
		rows[`DELETE ${collection}/{}`] = { may: "operate", answers: 204, foreign: true, with: one };
	}
	return rows;
}

const listener = { callback: "https://bss.example.net/listener", query: "eventType=X" };

const hubRows = (api) => ({
	[`POST ${api}/hub`]: { may: "own", answers: 201, with: () => ({ body: listener }), undo: "hub" },
	[`DELETE ${api}/hub/{}`]: { may: "own", answers: 204, foreign: true, undo: "hub",
		with: async (world) => {
			const { id } = await world.made(`${api.slice(1)}/hub`, listener);

			world.hubs.push(`${api.slice(1)}/hub/${id}`);
			return { parts: [id] };
		} },
});

export const tmfOperations = Object.assign({},
	...Object.keys(resources).map((collection) => rowsFor(collection, false)),
	...Object.keys(tasks).map((collection) => rowsFor(collection, true)),
	...[ORDERING, INVENTORY, PRODUCT_ORDERING, PRODUCT_INVENTORY, CUSTOMERS, PARTIES].map(hubRows));
