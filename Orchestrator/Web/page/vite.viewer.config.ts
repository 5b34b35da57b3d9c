import { defineConfig } from 'vite';

// The circuit viewer alone, one script and one style sheet that report.html holds inside.
export default defineConfig({
  build: {
    target: 'es2022',
    outDir: process.env.PAGE_VIEWER_OUT ?? '../../obj/page/report',
    emptyOutDir: true,
    reportCompressedSize: false,
    lib: { entry: 'src/report.tsx', name: 'sweepsReport', formats: ['iife'], fileName: () => 'circuit.js', cssFileName: 'circuit' },
  },
});
