/**
 * Preloaded into every process of the tests. It has tsx compile the sources, with esbuild and a
 * cache on the disk: tap's own loader compiles hundreds of files anew in each process, which was
 * most of the time of most tests. That loader stays out where types only need to be stripped, so
 * this says so. Taking its plugin out instead would have tap build a new test class in
 * node_modules first.
 */

process.env.TAP_TYPE_STRIP_ONLY = '1'
await import('tsx')
