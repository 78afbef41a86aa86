// Reads a JSON list of SOQL queries from standard input and writes those that do not parse, with the reason.
import { parseQuery } from "@jetstreamapp/soql-parser-js";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const wrong = {};
for (const query of JSON.parse(text)) {
  try {
    parseQuery(query);
  } catch (error) {
    wrong[query] = error.message;
  }
}
process.stdout.write(JSON.stringify(wrong));
