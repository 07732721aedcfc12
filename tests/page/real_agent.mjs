// The real agent on a made-up host: its own directories, a sysfs that the test writes, a file for /dev/nvme-fabrics,
// and the project's own NVMe/TCP discovery target. Needs no root and no kernel module, and changes nothing outside.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

export const kHostId = '5a1d6c6e-3a52-4e9c-9a53-1f6a7d5c2b10';
export const kHostNqn = 'nqn.2014-08.org.nvmexpress:uuid:' + kHostId;
const kOptions = 'instance=-1,cntlid=-1,transport=%s,traddr=%s,trsvcid=%s,nqn=%s,queue_size=%d,nr_io_queues=%d,reconnect_delay=%d,ctrl_loss_tmo=%d,keep_alive_tmo=%d,hostnqn=%s,host_traddr=%s,host_iface=%s,hostid=%s,duplicate_connect,disable_sqflow,hdr_digest,data_digest,nr_write_queues=%d,nr_poll_queues=%d,tos=%d,fast_io_fail_tmo=%d\n';

/// A port that nobody listens on at the moment.
export function free_port() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const {port} = server.address();
      server.close(() => resolve(port));
    });
  });
}

export class RealAgent {
  constructor(binary) {
    this.binary = binary;
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dc-page.'));
    this.log = '';
  }
  file(name, text) {
    const whole = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(whole), {recursive: true});
    fs.writeFileSync(whole, text);
    return whole;
  }
  /// A controller as sysfs shows it.
  controller(instance, port, subsysnqn, state) {
    const at = 'sys/class/nvme/nvme' + instance + '/';
    const attributes = {transport: 'tcp', address: 'traddr=127.0.0.1,trsvcid=' + port, subsysnqn, hostnqn: kHostNqn, hostid: kHostId, cntrltype: 'io', cntlid: '1', state};
    for (const [name, value] of Object.entries(attributes)) this.file(at + name, value + '\n');
  }
  async start(lines) {
    const port = await free_port();
    fs.mkdirSync(path.join(this.folder, 'sys/class/nvme'), {recursive: true});
    this.file('fabrics', kOptions);
    this.file('hostnqn', kHostNqn + '\n');
    this.file('hostid', kHostId + '\n');
    this.file('discovery.d/page.conf', lines.join('\n') + '\n');
    const f = this.folder;
    const config = this.file('config.yaml', [
      'clientConfigDir: ' + f + '/discovery.d', 'internalDir: ' + f + '/internal', 'runDir: ' + f + '/run', 'sysfsRoot: ' + f + '/sys', 'fabricsDevice: ' + f + '/fabrics',
      'nvmeHostIDPath: ' + f + '/hostid', 'hostNQNPath: ' + f + '/hostnqn', 'resyncInterval: 1s', 'reconnectInterval: 1s', 'maxRetryInterval: 2s', 'debug:', '  endpoint: 127.0.0.1:' + port, ''].join('\n'));
    this.child = spawn(this.binary, ['serve', '--config', config], {stdio: ['ignore', 'pipe', 'pipe']});
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (data) => { this.log += data; });
    this.origin = 'http://127.0.0.1:' + port;
    for (let i = 0; i < 150; ++i) {
      try {
        if ((await fetch(this.origin + '/livez')).ok) return this;
      } catch { /* not yet */ }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the agent does not answer at ' + this.origin + '; it said:\n' + this.log);
  }
  stop() {
    this.child?.kill('SIGTERM');
    return new Promise((resolve) => {
      const done = () => {
        fs.rmSync(this.folder, {recursive: true, force: true});
        resolve();
      };
      if (!this.child || this.child.exitCode !== null) done();
      else this.child.once('exit', done);
    });
  }
}

export class Target {
  constructor(binary) { this.binary = binary; }
  async start(...args) {
    this.port = await free_port();
    this.child = spawn(this.binary, ['--listen', '127.0.0.1:' + this.port, ...args], {stdio: ['pipe', 'pipe', 'inherit']});
    await new Promise((resolve, reject) => {
      this.child.stdout.once('data', resolve);
      this.child.once('exit', (code) => reject(new Error('discovery_target ended with ' + code)));
    });
    return this;
  }
  say(line) { this.child.stdin.write(line + '\n'); }
  stop() { this.child?.stdin.end(); }
}
