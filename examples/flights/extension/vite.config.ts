import { defineConfig } from 'vite'

// One classic script, as the manifest's `file:` wants it; the style sheet is inside.
export default defineConfig({
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    target: 'es2022',
    outDir: '../lookml/bundle',
    emptyOutDir: true,
    // @looker/sdk's modules re-export types as if they were values.
    rolldownOptions: {
      shimMissingExports: true,
      onwarn: (warning, warn) => {
        if (warning.code !== 'SHIMMED_EXPORT') warn(warning)
      },
    },
    lib: { entry: 'src/main.ts', name: 'flightDelays', formats: ['iife'], fileName: () => 'delays.js' },
  },
})
