// The jars of a real Apache Flink: the tests compare the stream engine with it. Needs Maven.
import { fetchJars } from './maven-jars.mjs'

fetchJars({
  product: 'Apache Flink',
  name: 'flink',
  pomPath: ['packages', 'stream', 'test', 'flink', 'pom.xml'],
  size: '210 MB',
})
