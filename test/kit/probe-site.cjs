// A site on the other end of a cable, for the probes: `node probe-site.cjs SPEC COMMAND…` in a network namespace of its
// own (unshare -n). It makes a second namespace with the addresses and servers of SPEC (JSON), joins the two by a veth
// pair, and runs COMMAND in the first one. ARP, refusals and silence are the kernel's own.
const { execFileSync, spawn } = require("node:child_process");
const dgram = require("node:dgram");
const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const dnsPacket = require("dns-packet");
const { Server: SshServer } = require("ssh2");

const ip = (...args) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });

function addressesOn(device, addresses) {
  ip("link", "set", "lo", "up");
  for (const address of addresses) ip("address", "add", address, "dev", device);
  ip("link", "set", device, "up");
}

/** The end where the check runs. */
function near(specText, command) {
  const spec = JSON.parse(specText);
  const site = spawn("unshare", ["-n", process.execPath, __filename, "--site", specText], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let said = "";
  let result = 1;
  site.stdout.on("data", (chunk) => {
    said += chunk;
    if (said === "unshared\n") {
      ip("link", "add", "near", "type", "veth", "peer", "name", "far", "netns", String(site.pid));
      addressesOn("near", spec.near);
      site.stdin.write("cabled\n");
      said = "";
    } else if (said === "up\n") {
      spawn(command[0], command.slice(1), { stdio: "inherit" }).once("exit", (code) => {
        result = code;
        site.stdin.end();
      });
    }
  });
  site.once("exit", (code) => process.exit(code || result));
}

/** The other end. It ends with its standard input. */
function far(spec) {
  process.stdin.on("end", () => process.exit(0));
  process.stdin.once("data", () => {
    addressesOn("far", spec.far);
    // What comes from these is thrown away, but for ARP: a machine behind a firewall of its own.
    for (const address of spec.mute ?? []) ip("rule", "add", "from", address, "blackhole");
    Promise.all(spec.servers.map(start)).then(() => console.log("up"));
  });
  console.log("unshared");
}

function start(server) {
  const { kind, address, port } = server;
  return new Promise((resolve) => {
    if (kind === "udp") {
      const socket = dgram.createSocket("udp4");
      socket.on("message", (question, from) => {
        const answer = answers[server.speaks](question, server);
        if (answer) socket.send(answer, from.port, from.address);
      });
      socket.bind(port, address, resolve);
    } else streams[kind](server).listen(port, address, resolve);
  });
}

const streams = {
  tcp: () => net.createServer((socket) => socket.on("error", () => {})),
  http: ({ paths = {} }) =>
    http.createServer((request, response) => {
      const body = paths[request.url];
      response.writeHead(body ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(body ? { ec: "EOK", data: body, error: {} } : { message: "not here" }));
    }),
  tls: ({ key, cert }) => https.createServer({ key, cert }),
  ssh: ({ key }) => new SshServer({ hostKeys: [key] }, (client) => client.on("error", () => {})),
};

const answers = {
  dns(question, { names }) {
    const { id, questions } = dnsPacket.decode(question);
    const data = names[questions[0].name];
    const flags = dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE;
    return dnsPacket.encode({
      type: "response",
      id,
      flags: data ? flags : flags | 3, // NXDOMAIN
      questions,
      answers: data ? [{ type: "A", name: questions[0].name, ttl: 60, data }] : [],
    });
  },
  /** RFC 4330, section 4: a server whose clock is `offset` ms ahead of this machine's. */
  ntp(question, { offset = 0, stratum = 2, leap = 0, kiss = "" }) {
    const answer = Buffer.alloc(48);
    answer[0] = (leap << 6) | (4 << 3) | 4;
    answer[1] = stratum;
    answer.write(kiss, 12, "latin1");
    question.copy(answer, 24, 40, 48);
    const now = Date.now() + offset + 2_208_988_800_000;
    for (const at of [32, 40]) {
      answer.writeUInt32BE(Math.floor(now / 1_000) % 2 ** 32, at);
      answer.writeUInt32BE(Math.floor(((now % 1_000) / 1_000) * 2 ** 32), at + 4);
    }
    return answer;
  },
  /** ASF 2.0, section 3.2.4.3: a presence pong to a presence ping. */
  rmcp(question) {
    if (question[8] !== 0x80) return undefined;
    const header = [0x06, 0x00, 0xff, 0x06, 0x00, 0x00, 0x11, 0xbe, 0x40, question[9], 0x00, 0x10];
    return Buffer.concat([Buffer.from(header), Buffer.alloc(16)]);
  },
};

if (process.argv[2] === "--site") far(JSON.parse(process.argv[3]));
else near(process.argv[2], process.argv.slice(3));
