// report.html, opened as a file: the viewer is inside, and nothing else is needed.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { serious } from './browser.mjs';

export async function checkReport({ check, browser, folder }) {
  for (const dark of [false, true]) {
    const page = await browser.page({ dark });
    await check(`report.html shows every circuit in the viewer${dark ? ', dark' : ''}`, async () => {
      await page.goto(`file://${join(folder, 'report.html')}`);
      const circuits = await page.locator('script[data-circuit]').count();
      assert.ok(circuits > 0, 'no circuit in it');
      await page.locator('.viewer canvas').first().waitFor();
      assert.equal(await page.locator('.viewer canvas').count(), circuits);
      const canvas = page.locator('.viewer canvas').first();
      await canvas.press('ArrowDown');
      await canvas.press('Enter');
      const viewer = page.locator('.viewer').first();
      const node = await viewer.locator('.node-panel').getAttribute('data-node');
      const file = await page.evaluate(() => JSON.parse(document.querySelector('script[data-circuit]').textContent));
      assert.ok(file.nodes.some((group) => group.channels.some((channel) => `${group.location}:${channel}` === node)));
      assert.deepEqual(await serious(page), [], 'axe');
      assert.deepEqual([page.wrong, page.outside], [[], []]);
    });
    await page.context().close();
  }
  await check('report.html gives every heading of its tables its room, however long a name', async () => {
    const page = await browser.page();
    await page.goto(`file://${join(folder, 'report.html')}`);
    assert.deepEqual(await cutOff(page), []);
    await page.evaluate(() => {
      document.querySelector('thead th:not(.text) span').textContent = 'a_hyperparameter_of_a_long_name';
    });
    assert.deepEqual(await cutOff(page), []);
    await page.context().close();
  });
  await check('report.html without scripts shows its drawings', async () => {
    const page = await browser.page({ scripts: false });
    await page.goto(`file://${join(folder, 'report.html')}`);
    assert.equal(await page.locator('figure[id^=circuit-] > svg').count(), await page.locator('script[data-circuit]').count());
    await page.context().close();
  });
}

/** The headings of tables, those that are folded away too, that are wider than their cells. */
const cutOff = (page) =>
  page.evaluate(() => {
    for (const folded of document.querySelectorAll('details')) folded.open = true;
    return [...document.querySelectorAll('thead th')]
      .filter((heading) => heading.scrollWidth > heading.clientWidth)
      .map((heading) => `${heading.textContent}: ${heading.scrollWidth} px in ${heading.clientWidth}`);
  });
