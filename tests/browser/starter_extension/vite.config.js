import { defineConfig } from 'vite';

export default defineConfig({
  define: { 'process.env': '{}' },
  build: {
    rollupOptions: {
      shimMissingExports: true, // @looker/sdk re-exports types as if they were values
      input: 'src/index.ts',
      output: { format: 'iife', entryFileNames: 'bundle.js', codeSplitting: false },
    },
  },
});
