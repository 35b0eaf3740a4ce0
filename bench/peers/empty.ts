// The least that a compiled Deno server can be: what a start costs at least.
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => {
    const line = `Deno ${Deno.version.deno} listening on http://localhost:${port}/\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(line));
  },
}, () => new Response());
