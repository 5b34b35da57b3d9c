// How large the page is when it is compressed.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';

const most = 250 * 1024;

/** How many bytes the page has that a browser reads first, each file compressed. */
export async function compressedBytes(url) {
  const index = await (await fetch(url)).text();
  const names = [...index.matchAll(/(?:src|href)="\.?\/?(page\/[^"]+)"/g)].map((m) => m[1]);
  assert.ok(names.length >= 2, 'the page names its script and its style');
  let bytes = gzipSync(index).length;
  for (const name of names) bytes += gzipSync(Buffer.from(await (await fetch(url + name)).arrayBuffer())).length;
  return bytes;
}

export async function checkBundle({ check, url }) {
  await check('the bundle is small', async () => {
    const bytes = await compressedBytes(url);
    console.log(`   ${(bytes / 1024).toFixed(0)} KB compressed, of at most ${most / 1024}`);
    assert.ok(bytes < most);
  });

  await check('the page is asked for again only when it has changed', async () => {
    const first = await fetch(`${url}page/app.js`);
    const again = await fetch(`${url}page/app.js`, { headers: { 'If-None-Match': first.headers.get('etag') } });
    assert.equal(again.status, 304);
    assert.equal((await fetch(`${url}page/none.js`)).status >= 400, true);
  });
}
