// The program under test: a small sweep of real device processes.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const sweepFile = `
name = watched
attribution = true
corpus { idioms { documents = 400, focus = [single_double_quote, bracket_counting] } }
tokenizer { vocab_size = 300 }
model { n_layer = 2, d_model = 32, n_ctx = 32, attention_sink = true }
training { steps = STEPS, batch_size = 4, eval_every = 100, eval_batches = 1, checkpoint_every = 20, mean_cache_tokens = 256 }
grid.l0 = [1, 0.5]
tasks = [single_double_quote, bracket_counting]
skip_unlearned = false
edge_pruning = true
pruning { steps = 20, target_loss = 0.65, margin = 0, batch_pairs = 4, train_pairs = 32, validation_pairs = 16, test_pairs = 16 }
search { rounds = 4, batch_size = 2 }
`;

/** A port that nobody listens at now. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the program; what it says on both streams is kept for when something goes wrong. */
export function start(command, args) {
  const [file, ...first] = command;
  const child = spawn(file, [...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const run = { child, said: '', ended: null };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      run.said += data;
    });
  run.ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  return run;
}

/** Waits until a process serves at a port, and is one that answers. */
export async function served(run, url, patience = 60_000) {
  const last = Date.now() + patience;
  while (Date.now() < last) {
    if (run.child.exitCode !== null) throw new Error(`the program ended with ${run.child.exitCode}:\n${run.said}`);
    try {
      if ((await fetch(`${url}health/live`)).ok) return;
    } catch {
      // Not yet.
    }
    await sleep(100);
  }
  throw new Error(`nothing is served at ${url} after ${patience} ms:\n${run.said}`);
}

/** Waits until something is true. */
export async function until(what, holds, patience = 60_000) {
  const last = Date.now() + patience;
  while (Date.now() < last) {
    const value = await holds();
    if (value) return value;
    await sleep(150);
  }
  throw new Error(`waited ${patience} ms in vain: ${what}`);
}

/** The token of commands of a run. */
export const tokenOf = (folder) => {
  const path = join(folder, 'http.token');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
};

/** Kills a process and its devices at once, as a crash does. */
export async function crash(run) {
  run.child.kill('SIGKILL');
  await run.ended;
}
