// The jars of a real Apache Kafka: the tests compare the embedded broker with it. Needs Maven.
import { fetchJars } from './maven-jars.mjs'

fetchJars({
  product: 'Apache Kafka',
  name: 'kafka',
  pomPath: ['packages', 'log', 'test', 'kafka', 'pom.xml'],
  size: '50 MB',
})
