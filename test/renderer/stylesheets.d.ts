// The renderer's stylesheets are the bundler's business; here they are only known to exist.
declare module '*.css'
