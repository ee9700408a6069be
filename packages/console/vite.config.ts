import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// The page gets a folder of its own inside dist, so that emptying it leaves compiled tests alone.
export default defineConfig({
  base: './',
  plugins: [react()],
  build: { outDir: 'dist/page', emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 1000 },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
})
