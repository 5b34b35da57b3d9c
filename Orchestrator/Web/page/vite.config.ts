import { defineConfig } from 'vitest/config';

// The page that the program serves. Names are without hashes: the server says by an entity tag which version it has.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    outDir: process.env.PAGE_OUT ?? '../../obj/page/app',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      output: { entryFileNames: 'page/app.js', chunkFileNames: 'page/[name].js', assetFileNames: 'page/app[extname]' },
    },
  },
  test: { include: ['src/**/*.test.ts'] },
});
