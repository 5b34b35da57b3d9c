// Small helpers of the checks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { serious } from './browser.mjs';

/** Runs named checks one after the other, says how long each took, and goes on behind one that fails. */
export function runner() {
  const begun = Date.now();
  let passed = 0;
  const failed = [];
  return {
    async check(name, body) {
      const start = Date.now();
      try {
        await body();
        passed++;
        console.log(`ok ${name} (${Date.now() - start} ms)`);
      } catch (error) {
        failed.push(name);
        console.log(`FAILED ${name} (${Date.now() - start} ms)\n${error.stack}`);
      }
    },
    /** Says how many passed; something that failed is an error. */
    done() {
      console.log(`${passed} checks passed, ${failed.length} failed, in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
      if (failed.length > 0) throw new Error(`failed: ${failed.join('; ')}`);
    },
  };
}

/**
 * A view is there, whole, and usable: nothing wrong is said, axe finds nothing serious unless it has looked at the same before, and
 * nothing is wider than the window.
 */
export async function sound(page, { allow = [], isAccessible = true } = {}) {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => !document.body.innerText.includes('reading…'));
  assert.deepEqual(await page.locator('[role=alert]').allInnerTexts(), [], 'something is wrong');
  if (isAccessible) assert.deepEqual(await serious(page), [], 'axe');
  const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width[0] <= width[1], `the page is ${width[0]} pixels wide in a window of ${width[1]}`);
  assert.deepEqual(
    page.wrong.filter((text) => !allow.some((part) => text.includes(part))),
    [],
    'console',
  );
  assert.deepEqual(page.outside, [], 'requests that leave the machine');
}

/** What a click lets the browser save. */
export async function downloaded(page, button) {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return { name: download.suggestedFilename(), content: readFileSync(await download.path()) };
}

/** Comma-separated values, taken apart by the rules of RFC 4180. */
export function parseCsv(text) {
  const rows = [[]];
  let [field, quoted] = ['', false];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') [field, i] = [`${field}"`, i + 1];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') [field] = ['', rows.at(-1).push(field)];
    else if (c === '\n') {
      rows.at(-1).push(field.replace(/\r$/, ''));
      rows.push([]);
      field = '';
    } else field += c;
  }
  assert.equal(field, '', 'the last line has no end');
  rows.pop();
  return rows;
}
