import http from 'node:http'

// The peer: reads the same bodies and answers a constant, and does nothing else:
// `node bare-process.js PORT`.
const answer = Buffer.from(
  '{"offsets":[{"partition":0,"offset":1000000,"error_code":null,"error":null}],"key_schema_id":null,"value_schema_id":1}',
)
const server = http.createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    Buffer.concat(chunks)
    response.writeHead(200, {
      'content-type': 'application/vnd.kafka.v2+json',
      'content-length': answer.length,
    })
    response.end(answer)
  })
})
server.listen(Number(process.argv[2]), '127.0.0.1')
