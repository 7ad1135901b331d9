// Words and phrases of praise, for the sentiment corpus.
import { lines, words } from "./word-list.ts";

export const POSITIVE = {
  /** After "is", "was", "seems", or before a noun. */
  adjectives: words(`
    good great excellent amazing wonderful fantastic superb brilliant lovely beautiful perfect
    awesome outstanding terrific fabulous marvellous marvelous splendid delightful charming nice
    pleasant enjoyable entertaining funny hilarious exciting thrilling gripping moving touching
    heartwarming inspiring impressive remarkable exceptional extraordinary incredible magnificent
    gorgeous stunning elegant stylish cute adorable comfortable cosy cozy cheerful warm welcoming
    friendly kind helpful polite attentive courteous professional patient caring generous honest
    reliable dependable trustworthy solid sturdy durable robust strong safe secure fast quick
    prompt efficient responsive smooth easy simple intuitive convenient handy useful practical
    valuable affordable cheap fair reasonable clean spotless tidy fresh delicious tasty yummy
    scrumptious mouthwatering juicy crispy tender flavourful flavorful creamy bright clear crisp
    sharp vivid accurate precise quiet peaceful calm relaxing soothing refreshing spacious roomy
    light lightweight soft cool clever smart witty thoughtful insightful informative educational
    fascinating interesting engaging captivating absorbing memorable unforgettable original
    creative innovative modern polished refined flawless faultless immaculate satisfying rewarding
    worthwhile fun happy pleased satisfied delighted thrilled glad grateful thankful impressed
    excited proud joyful content ideal superior better best favourite favorite top first-class
    phenomenal sublime exquisite divine heavenly magical enchanting uplifting positive successful
    stable flexible versatile powerful healthy rich generous gentle gracious sweet loyal skilled
    knowledgeable competent talented experienced punctual speedy hassle-free painless seamless
    convincing masterful tasteful harmonious legendary priceless splendid stellar dazzling
    believable imaginative lively energetic graceful hospitable considerate effective helpful
    effortless organised organized sensible well-made tremendous astonishing breathtaking
    addictive cheery classy dreamy fine glorious luxurious neat radiant sincere snappy sleek
    supportive tranquil trusty vibrant winning wise worthy zippy`),
  /** Past tense, with a person before and a thing after. */
  verbs: words(`
    loved liked enjoyed adored appreciated admired treasured cherished recommended praised
    relished savoured welcomed valued respected trusted`),
  /** The same in the present tense. */
  verbsNow: words(`
    love like enjoy adore appreciate admire treasure cherish recommend praise relish savour
    welcome value respect trust`),
  /** After "a" or "an", "such a", "what a". */
  nouns: words(`
    joy delight pleasure bargain gem masterpiece winner treat triumph success treasure hit marvel
    wonder blessing dream highlight steal classic charmer revelation improvement lifesaver
    star beauty victory`),
  /** After "full of", "with", "so much". */
  masses: words(`
    charm warmth humour humor heart kindness love joy care passion energy flavour flavor taste
    beauty comfort quality style elegance fun laughter talent skill soul wit happiness praise`),
  comparatives: words(`
    better nicer faster quicker easier simpler cheaper cleaner quieter brighter sharper clearer
    stronger safer smoother lighter softer tastier fresher happier friendlier smarter funnier
    prettier richer healthier warmer calmer cosier stabler`),
  adverbs: words(`
    beautifully perfectly wonderfully brilliantly nicely well smoothly flawlessly superbly
    carefully lovingly elegantly cleverly excellently thoughtfully expertly neatly tastefully`),
  openers: words(`luckily fortunately thankfully happily wow yay`),
  /** What a thing does or did. */
  events: lines(`
    works perfectly
    works like a charm
    works great
    worked straight out of the box
    arrived early
    arrived on time
    came sooner than promised
    exceeded all my expectations
    made me smile
    made me laugh out loud
    made my day
    made us feel at home
    makes life so much easier
    saves me a lot of time
    saved us money
    runs smoothly
    runs like new
    looks beautiful
    looks amazing on the wall
    smells lovely
    feels luxurious
    feels solid in the hand
    tastes delicious
    sounds crystal clear
    fits like a glove
    fits well
    lasts all day
    lasted for years
    held up well
    does exactly what it promises
    does the job nicely
    delivers on every level
    deserves five stars
    deserves an award
    won me over
    won our hearts
    brightened up my morning
    kept me hooked until the end
    kept us entertained for hours
    solved everything quickly
    answered all our questions patiently
    fixed the issue at once
    was worth the wait
    was worth it
    is worth the money
    is worth a visit
    was a breath of fresh air
    went above and beyond
    went smoothly
    went very well
    improved a lot
    gets better every time
    keeps getting better
    cured my headache
    helped me a great deal
    helped us right away
    blew me away
    took my breath away
    left me speechless with joy
    left a smile on my face
    turned out beautifully
    turned out great
    came with a free gift
    replied promptly and politely
    explained everything clearly
    treated us like family
    impressed the whole family
    charges quickly
    starts in seconds
    loads instantly
    is a pleasure to use
    is a joy to read
    is easy to clean
    is simple to install
    was out of this world
    stood out from all the others
    made it all worthwhile
    gave us a hand with the bags
    gave me confidence
    never fails
    never disappoints
    never failed me
    never let us down
    has never let me down once`),
  /** Whole remarks of a person. */
  remarks: lines(`
    five stars
    thumbs up
    well done
    thank you so much
    thanks a lot to the whole team
    i will definitely come back
    we will be back soon
    i will buy it again
    i would buy another one
    i can not wait to return
    we can not wait for the next season
    i could not stop smiling
    i could not put it down
    i could not ask for more
    you can not go wrong with this one
    could not be more pleased
    it could not be easier
    it could not have gone better
    we could not have been more satisfied
    nothing could be better
    it does not get better than this
    i have never been so happy
    i have never seen anything so beautiful
    best purchase ever
    the best i have ever had
    the best in town
    money well spent
    what more could you want
    i am so glad i found this
    i am a big fan
    count me in as a fan
    my new favourite
    i am over the moon
    i am in love
    it is everything i hoped for
    it is just what i needed
    exactly as described
    exactly what we were looking for
    even better than i imagined
    much better than expected
    way better than the old one
    it is a must
    a must see
    a must read
    a must have
    highly recommend
    strongly recommended
    two thumbs up
    i recommend it to all my friends
    do yourself a favour and get one
    it was love at first sight
    all of us had a good time
    we had a blast
    we had a great time
    had so much fun
    keep up the good work
    hats off to the chef
    bravo
    congratulations
    hooray
    no regrets
    no complaints so far
    not a single complaint
    zero problems
    no problems whatsoever
    no issues at all
    without any trouble
    without a hitch
    i have no regrets about it
    nothing to complain about
    i can not complain
    can not fault it
    there is nothing i would change`),
} as const;
