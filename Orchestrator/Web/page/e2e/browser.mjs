import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Opens Debian's Chromium; a page of it keeps what its console says is wrong. */
export async function openBrowser() {
  // Root has no sandbox in a container.
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
  return {
    close: () => browser.close(),
    async page({ width = 1280, height = 900, dark = false, scale = 1, token = '', scripts = true } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: dark ? 'dark' : 'light',
        deviceScaleFactor: scale,
        acceptDownloads: true,
        javaScriptEnabled: scripts,
      });
      // While one works on the page: what `npm run build` has made, without a build of the program.
      const folder = process.env.PAGE_DIR;
      if (folder) {
        await context.route(
          (at) => existsSync(join(folder, at.pathname.slice(1) || 'index.html')),
          async (route) => {
            const response = await route.fetch();
            await route.fulfill({
              response,
              body: readFileSync(join(folder, new URL(route.request().url()).pathname.slice(1) || 'index.html')),
            });
          },
        );
      }
      const page = await context.newPage();
      if (token) {
        await page.addInitScript((value) => {
          if (location.protocol !== 'about:') sessionStorage.setItem('sweeps-token', value);
        }, token);
      }
      page.wrong = [];
      page.outside = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) page.wrong.push(message.text());
      });
      page.on('pageerror', (error) => page.wrong.push(String(error)));
      page.on('request', (request) => {
        const { hostname, protocol } = new URL(request.url());
        if (hostname !== '127.0.0.1' && !['data:', 'blob:', 'file:'].includes(protocol)) page.outside.push(request.url());
      });
      return page;
    },
  };
}

/** What axe finds that keeps people from using a page. */
export async function serious(page) {
  // The page's policy lets no script in but its own: the debugger's way goes past it.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter((v) => ['serious', 'critical'].includes(v.impact))
    .map(
      (v) =>
        `${v.id}: ${v.help}: ${v.nodes
          .map((n) => n.target.join(' '))
          .slice(0, 3)
          .join(', ')}`,
    );
}
