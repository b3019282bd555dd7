import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** Serves the screens on a backend in memory: `npx vite test/renderer/preview`. Loopback only, never packaged. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  server: { host: '127.0.0.1', port: 5199, strictPort: true, fs: { allow: ['../../..'] } },
  cacheDir: fileURLToPath(new URL('../../output/vite', import.meta.url)),
})
