import { type Random, seededRandom } from '@millrace/host'

// Auctions on a web site, as the Nexmark benchmark makes them up: of 50 events one is a person, 3
// are auctions and 46 are bids; half of the bids are for a few hot auctions, most are of a few hot
// bidders. Figures as in github.com/nexmark/nexmark (`NexmarkConfiguration` and the generators).

export interface Person {
  id: number
  name: string
  emailAddress: string
  creditCard: string
  city: string
  state: string
  dateTime: number
  extra: string
}

export interface Auction {
  id: number
  itemName: string
  description: string
  initialBid: number
  reserve: number
  dateTime: number
  expires: number
  seller: number
  category: number
  extra: string
}

export interface Bid {
  auction: number
  bidder: number
  price: number
  channel: string
  url: string
  dateTime: number
  extra: string
}

/** Times are milliseconds since 1970. */
export type NexmarkEvent =
  | { kind: 'person'; row: Person }
  | { kind: 'auction'; row: Auction }
  | { kind: 'bid'; row: Bid }

export const bidsPerRound = 46
const auctionsPerRound = 3
const personsPerRound = 1
const eventsPerRound = personsPerRound + auctionsPerRound + bidsPerRound

const firstPersonId = 1000
const firstAuctionId = 1000
const firstCategory = 10
const categories = 5
/** 2015-07-15T00:00:00Z. */
const firstEventMs = 1_436_918_400_000
const eventsPerMs = 10
const auctionsInFlight = 100
const activePersons = 1000
/** Bids and auctions may name what comes a little later. */
const idLead = 10
/** One of so many auctions (persons) is the hot one of its time. */
const hotOf = 100
const hotAuctionRatio = 2
const hotBidderRatio = 4
const hotSellerRatio = 4
const channelCount = 10_000
const personBytes = 200
const auctionBytes = 500
const bidBytes = 100

const hotChannels = ['Google', 'Facebook', 'Baidu', 'Apple']
const states = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']
const cities = [
  ...['Phoenix', 'Los Angeles', 'San Francisco', 'Boise', 'Portland', 'Bend', 'Redmond'],
  ...['Seattle', 'Kent', 'Cheyenne'],
]
const firstNames = [
  ...['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky', 'Kate', 'Julie', 'Sarah', 'Deiter'],
  'Walter',
]
const lastNames = [
  ...['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels', 'Walton', 'Smith', 'Jones', 'Noris'],
]

/** The same seed gives the same events, for ever. */
export class NexmarkGenerator {
  readonly #random: Random
  readonly #letters: string
  readonly #hotUrls: readonly string[]
  readonly #channels: readonly { channel: string; url: string }[]
  #number = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#letters = this.#text(1 << 16, 1 << 16, ' ')
    this.#hotUrls = hotChannels.map(() => this.#url())
    this.#channels = Array.from({ length: channelCount }, (_, at) => {
      const id = this.#random.below(10) > 0 ? `&channel_id=${this.#random.uint32() >>> 1}` : ''
      return { channel: `channel-${at}`, url: this.#url() + id }
    })
  }

  next(): NexmarkEvent {
    const at = this.#number % eventsPerRound
    const timeMs = timeOf(this.#number)
    const event: NexmarkEvent =
      at < personsPerRound
        ? { kind: 'person', row: this.#person(timeMs) }
        : at < personsPerRound + auctionsPerRound
          ? { kind: 'auction', row: this.#auction(timeMs) }
          : { kind: 'bid', row: this.#bid(timeMs) }
    this.#number++
    return event
  }

  #person(dateTime: number): Person {
    const id = firstPersonId + this.#lastPerson()
    const name = `${this.#oneOf(firstNames)} ${this.#oneOf(lastNames)}`
    const emailAddress = `${this.#text(3, 7)}@${this.#text(3, 5)}.com`
    const creditCard = Array.from({ length: 4 }, () =>
      String(this.#random.below(10_000)).padStart(4, '0'),
    ).join(' ')
    const city = this.#oneOf(cities)
    const state = this.#oneOf(states)
    const own = 8 + name.length + emailAddress.length + creditCard.length + city.length + 2
    const extra = this.#extra(own, personBytes)
    return { id, name, emailAddress, creditCard, city, state, dateTime, extra }
  }

  #auction(dateTime: number): Auction {
    const isHot = this.#random.below(hotSellerRatio) > 0
    const last = this.#lastPerson()
    const seller = isHot ? last - (last % hotOf) : this.#anyPerson()
    const initialBid = this.#price()
    const ahead = auctionsInFlight * (eventsPerRound / auctionsPerRound)
    const lifeMs = 1 + this.#random.below(Math.max(1, Math.round((2 * ahead) / eventsPerMs)))
    const itemName = this.#text(3, 20)
    const description = this.#text(3, 100)
    return {
      id: firstAuctionId + this.#lastAuction(),
      itemName,
      description,
      initialBid,
      reserve: initialBid + this.#price(),
      dateTime,
      expires: dateTime + lifeMs,
      seller: firstPersonId + seller,
      category: firstCategory + this.#random.below(categories),
      extra: this.#extra(48 + itemName.length + description.length, auctionBytes),
    }
  }

  #bid(dateTime: number): Bid {
    const lastAuction = this.#lastAuction()
    const lastPerson = this.#lastPerson()
    const isHotAuction = this.#random.below(hotAuctionRatio) > 0
    const auction = isHotAuction ? lastAuction - (lastAuction % hotOf) : this.#anyAuction()
    const isHotBidder = this.#random.below(hotBidderRatio) > 0
    const bidder = isHotBidder ? lastPerson - (lastPerson % hotOf) + 1 : this.#anyPerson()
    const hot = this.#random.below(2 * hotChannels.length)
    const any = this.#channels[this.#random.below(channelCount)]
    return {
      auction: firstAuctionId + auction,
      bidder: firstPersonId + bidder,
      price: this.#price(),
      channel: hotChannels[hot] ?? any?.channel ?? '',
      url: this.#hotUrls[hot] ?? any?.url ?? '',
      dateTime,
      extra: this.#extra(32, bidBytes),
    }
  }

  /** Of persons and auctions, counted from 0, the last that there is. */
  #lastPerson(): number {
    return Math.floor(this.#number / eventsPerRound)
  }

  #lastAuction(): number {
    const round = Math.floor(this.#number / eventsPerRound)
    const at = (this.#number % eventsPerRound) - personsPerRound
    return round * auctionsPerRound + Math.min(Math.max(at, 0), auctionsPerRound - 1)
  }

  #anyPerson(): number {
    const count = this.#lastPerson() + 1
    const active = Math.min(count, activePersons)
    return count - active + this.#random.below(active + idLead)
  }

  #anyAuction(): number {
    const last = this.#lastAuction()
    const first = Math.max(last - auctionsInFlight, 0)
    return first + this.#random.below(last - first + 1 + idLead)
  }

  #price(): number {
    return Math.round(10 ** (this.#random.float() * 6) * 100)
  }

  #url(): string {
    const part = () => this.#text(3, 5, '_')
    return `https://www.nexmark.com/${part()}/${part()}/${part()}/item.htm?query=1`
  }

  /** Fills a row up to about the bytes that its kind is to have. */
  #extra(own: number, wanted: number): string {
    const missing = wanted - own
    if (missing <= 0) return ''
    const spread = Math.round(missing * 0.2)
    const length = missing - spread + this.#random.below(2 * spread + 1)
    const start = this.#random.below(this.#letters.length - length)
    return this.#letters.slice(start, start + length)
  }

  #text(least: number, most: number, special = ' '): string {
    const length = least + this.#random.below(Math.max(most - least, 1))
    let text = ''
    for (let at = 0; at < length; at++) {
      const isSpecial = this.#random.below(13) === 0
      text += isSpecial ? special : String.fromCharCode(97 + this.#random.below(26))
    }
    return text.trim()
  }

  #oneOf(texts: readonly string[]): string {
    return texts[this.#random.below(texts.length)] ?? ''
  }
}

function timeOf(number: number): number {
  return firstEventMs + Math.floor(number / eventsPerMs)
}
