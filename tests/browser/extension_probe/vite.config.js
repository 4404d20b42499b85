import { defineConfig } from 'vite';

// Two bundles of one source: a classic script in one file, and a module with a chunk that it loads when needed.
export default defineConfig(({ mode }) => ({
  define: { 'process.env': '{}' },
  build: {
    emptyOutDir: true,
    outDir: mode === 'module' ? 'dist/module' : 'dist/classic',
    minify: false,
    modulePreload: false,
    rollupOptions: {
      shimMissingExports: true, // @looker/sdk re-exports types as if they were values
      input: 'src/index.ts',
      output:
        mode === 'module'
          ? { format: 'es', entryFileNames: 'bundle.js', chunkFileNames: 'chunk-[name].js' }
          : { format: 'iife', entryFileNames: 'bundle.js', codeSplitting: false },
    },
  },
  base: './',
}));
