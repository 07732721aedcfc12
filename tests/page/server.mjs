// A small server that stands in for the agent: the agent's own page and headers, and a /status that the test writes.
import http from 'node:http';

export class ScriptedAgent {
  /// `page`: {headers, body} as the real agent serves them.
  constructor(page) {
    this.page = page;
    this.document = () => ({});  // called for each request, so that ages are fresh
    this.failing = null;         // null, a status code, 'refuse', or 'hang'
    this.asked = 0;
    this.server = http.createServer((request, response) => this.answer(request, response));
  }
  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.origin = 'http://127.0.0.1:' + this.server.address().port;
    return this;
  }
  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
  answer(request, response) {
    if (request.url === '/') {
      response.writeHead(200, this.page.headers).end(this.page.body);
    } else if (request.url === '/status') {
      this.asked += 1;
      if (this.failing === 'refuse') request.socket.destroy();
      else if (this.failing === 'hang') return;
      else if (this.failing) response.writeHead(this.failing, {'Content-Type': 'text/plain'}).end('the agent has not looked at anything yet\n');
      else {
        const body = Buffer.from(JSON.stringify(this.document()));
        response.writeHead(200, {'Content-Type': 'application/json', 'Content-Length': body.length}).end(body);  // in one piece, as the agent's
      }
    } else {
      response.writeHead(404).end();
    }
  }
}

/// The page as `origin` serves it, with the headers that belong to it.
export async function page_of(origin) {
  const response = await fetch(origin + '/');
  const kept = ['content-type', 'content-security-policy', 'referrer-policy', 'x-content-type-options', 'cache-control', 'x-frame-options', 'cross-origin-opener-policy', 'cross-origin-resource-policy'];
  const headers = Object.fromEntries(kept.filter((name) => response.headers.has(name)).map((name) => [name, response.headers.get(name)]));
  return {status: response.status, headers, body: await response.text()};
}
