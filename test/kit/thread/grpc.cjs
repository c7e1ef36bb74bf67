// `@grpc/grpc-js` as far as a provider's thread has it: its server and its clients speak over the thread's port with the
// test that has started it (provider-thread.ts). What travels are the bytes of the messages, as on a wire.
const { parentPort } = require("node:worker_threads");

// https://grpc.github.io/grpc/core/md_doc_statuscodes.html
const status = { OK: 0, UNKNOWN: 2, DEADLINE_EXCEEDED: 4, UNIMPLEMENTED: 12 };

class Metadata {
  values = {};
  add(key, value) {
    this.values[key] = [...this.get(key), value];
  }
  get(key) {
    return this.values[key] ?? [];
  }
}

class Server {
  addService(definition, implementation) {
    parentPort.on("message", ({ id, method, bytes }) => {
      if (method === undefined) return;
      const { requestDeserialize, responseSerialize } = definition[method];
      implementation[method]({ request: requestDeserialize(Buffer.from(bytes)) }, (error, answer) => {
        if (error) parentPort.postMessage({ id, error: told(error) });
        else parentPort.postMessage({ id, bytes: responseSerialize(answer) });
      });
    });
  }
  bindAsync(_address, _credentials, done) {
    done(null, 0);
    parentPort.postMessage({ ready: true });
  }
}

/** What reaches the other side of an error. */
function told({ code, message, details, metadata }) {
  const coded = Number.isInteger(code);
  return {
    code: coded ? code : status.UNKNOWN,
    details: coded && typeof details === "string" ? details : message,
    metadata: metadata?.values ?? {},
  };
}

let asked = 0;
const unanswered = new Map();
parentPort.on("message", ({ taken }) => unanswered.get(taken)?.(null));

/** Each method as a client has it: `client.log(request, metadata, {deadline}, done)`. */
function makeGenericClientConstructor(definition) {
  class Client {}
  for (const [name, { requestSerialize }] of Object.entries(definition))
    Client.prototype[name] = (request, _metadata, { deadline }, done) => {
      asked += 1;
      const id = asked;
      const late = setTimeout(
        () => unanswered.get(id)?.(Object.assign(new Error("deadline exceeded"), { code: status.DEADLINE_EXCEEDED })),
        deadline - Date.now(),
      );
      unanswered.set(id, (error) => {
        unanswered.delete(id);
        clearTimeout(late);
        done(error);
      });
      parentPort.postMessage({ asked: id, method: name, bytes: requestSerialize(request) });
    };
  return Client;
}

const insecure = { createInsecure() {} };
module.exports = {
  Server,
  ServerCredentials: insecure,
  credentials: insecure,
  Metadata,
  status,
  makeGenericClientConstructor,
};
