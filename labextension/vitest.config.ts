import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 60_000, // a busy machine is no failure
    environment: 'jsdom',
    include: ['tests/**/*.spec.ts']
  },
  // The golden trajectories lie beside the tests of the Python package.
  server: { fs: { allow: ['..'] } }
});
