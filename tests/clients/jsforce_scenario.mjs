// Drives the org with jsforce, step by step. Reads {url, known, refreshToken} from standard input, writes what each
// step gave, or the name and text of its error.
import jsforce from "jsforce";

const { url, known, refreshToken } = JSON.parse(await read(process.stdin));
const results = {};

async function read(stream) {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text;
}

async function step(name, work) {
  try {
    results[name] = await work();
  } catch (error) {
    results[name] = { error: error.name, code: error.errorCode, message: error.message };
  }
}

const oauth2 = {
  clientId: known.client_id, clientSecret: known.client_secret, loginUrl: url,
  redirectUri: "http://127.0.0.1:8000/callback",
};
const soap = new jsforce.Connection({ loginUrl: url, version: "51.0" });
const token = known.password + known.security_token;

await step("soap_login", () => soap.login(known.username, token));
await step("soap_login_wrong", () => new jsforce.Connection({ loginUrl: url, version: "51.0" }).login(known.username, "no"));
await step("oauth_password", async () => {
  const connection = new jsforce.Connection({ oauth2, version: "51.0" });
  return await connection.login(known.username, token);
});
await step("oauth_refresh", async () => {
  const connection = new jsforce.Connection({ oauth2, version: "51.0", instanceUrl: url, accessToken: "00Dgone", refreshToken });
  let fresh = null;
  connection.on("refresh", (accessToken) => { fresh = accessToken; });
  const found = await connection.query("SELECT Id FROM Account LIMIT 1");
  return { refreshed: fresh === connection.accessToken && fresh !== "00Dgone", rows: found.records.length };
});
await step("identity", async () => (await soap.identity()).username);
await step("query", async () => {
  const found = await soap.query("SELECT Name, Account.Name FROM Contact WHERE MobilePhone = '090-1234-5678'");
  return found.records.map((record) => [record.Name, record.Account.Name, record.attributes.type]);
});
await step("query_more", async () => {
  const first = await soap.query("SELECT Id FROM Lead WHERE Company = 'paged'", { headers: { "Sforce-Query-Options": "batchSize=200" } });
  const second = await soap.queryMore(first.nextRecordsUrl);
  const all = await soap.query("SELECT Id FROM Lead WHERE Company = 'paged'", { autoFetch: true, maxFetch: 5000 });
  return { total: first.totalSize, first: first.records.length, done: first.done, second: second.records.length, all: all.records.length };
});
await step("search", async () => {
  const found = await soap.search("FIND {09012345678} IN PHONE FIELDS RETURNING Contact(Id, Name), Lead(Id)");
  return found.searchRecords.map((record) => record.attributes.type).sort();
});
await step("describe", async () => {
  const described = await soap.describe("Contact");
  return described.fields.filter((field) => field.type === "phone" && !field.custom).map((field) => field.name).sort();
});
await step("describe_global", async () => (await soap.describeGlobal()).sobjects.map((sobject) => sobject.name).sort());
await step("crud", async () => {
  const task = soap.sobject("Task");
  const made = await task.create({ Subject: "Call", Status: "Completed", CallDurationInSeconds: 61 });
  const updated = await task.update({ Id: made.id, Subject: "Called" });
  const { Subject, CallDurationInSeconds, IsClosed } = await task.retrieve(made.id);
  const gone = await task.destroy(made.id);
  return { made: made.success, updated: updated.success, gone: gone.success, Subject, CallDurationInSeconds, IsClosed };
});
await step("upsert", async () => {
  const task = soap.sobject("Task");
  const first = await task.upsert({ Call_Id__c: "js-1", Subject: "a" }, "Call_Id__c");
  const second = await task.upsert({ Call_Id__c: "js-1", Subject: "b" }, "Call_Id__c");
  return { created: [first.created, second.created], same: first.id === second.id };
});
await step("collections", async () => {
  const contact = soap.sobject("Contact");
  const made = await contact.create([{ LastName: "a" }, { FirstName: "without a last name" }]);
  const changed = await contact.update([{ Id: made[0].id, LastName: "b" }]);
  const gone = await contact.destroy([made[0].id]);
  return { made: made.map((result) => result.success), code: made[1].errors[0].statusCode, changed: changed[0].success, gone: gone[0].success };
});
await step("collections_all_or_none", async () => {
  const made = await soap.sobject("Contact").create([{ LastName: "c" }, {}], { allOrNone: true });
  return made.map((result) => (result.success ? "made" : result.errors[0].statusCode));
});
await step("composite", async () => {
  const reply = await soap.requestPost("/services/data/v51.0/composite", {
    compositeRequest: [
      { method: "POST", url: "/services/data/v51.0/sobjects/Account", referenceId: "a", body: { Name: "Composite" } },
      { method: "POST", url: "/services/data/v51.0/sobjects/Contact", referenceId: "c", body: { LastName: "x", AccountId: "@{a.id}" } },
    ],
  });
  return reply.compositeResponse.map((part) => part.httpStatusCode);
});
await step("find", async () => {
  const found = await soap.sobject("Contact").find({ LastName: { $like: "山%" } }, "Id, LastName").sort({ LastName: 1 }).limit(1);
  return found.map((record) => record.LastName);
});
await step("limits", async () => {
  const { DailyApiRequests } = await soap.limits();
  return { max: DailyApiRequests.Max, header: soap.limitInfo.apiUsage.limit };
});
await step("bulk2_query", async () => {
  const stream = await soap.bulk2.query("SELECT Id, LastName FROM Lead WHERE Company = 'paged'", { pollInterval: 50, pollTimeout: 20000 });
  return (await stream.toArray()).length;
});
const wrong = {
  wrong_field: "SELECT Nope FROM Contact",
  wrong_object: "SELECT Id FROM Nope",
  wrong_query: "SELECT Id FROM Contact WHERE",
};
for (const [name, query] of Object.entries(wrong)) {
  await step(name, () => soap.query(query));
}
await step("wrong_id", () => soap.sobject("Contact").retrieve("003TS0000099999"));
await step("wrong_search", () => soap.search("FIND 1 IN PHONE FIELDS RETURNING Contact"));
await step("missing_field", () => soap.sobject("Contact").create({ FirstName: "x" }));
await step("dead_session", () => new jsforce.Connection({ instanceUrl: url, accessToken: "00D!x", version: "51.0" }).query("SELECT Id FROM Lead"));
await step("logout", async () => {
  await soap.logout();
  return soap.accessToken ?? null;
});

process.stdout.write(JSON.stringify(results), () => process.exit(0));
