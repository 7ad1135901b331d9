// What the sentence model knows about words: those on one line mean nearly the same, those under
// one heading belong together. "*" marks a verb whose regular forms are added by the program;
// "-" joins the words of a phrase.

import { MORE_CONCEPTS } from "./more-concepts.ts";

const CONCEPTS = `
# account
password passcode pin credentials passphrase secret-code
account profile user-account membership
login sign-in signin log-in logon log-on authentication
logout sign-out log-out logoff
reset* recover* restore* renew* change-back
forget* forgot forgotten lost-track can-not-remember do-not-remember
username user-name nickname handle
verify* confirm* validate* authenticate*
register* sign-up enrol* enroll* create-an-account
settings preferences options configuration configure*
privacy confidentiality data-protection
delete* remove* erase* wipe* get-rid-of close-down
subscribe* subscription plan membership
unsubscribe* opt-out cancel-my-subscription
locked blocked locked-out suspended banned

# computer
computer laptop pc desktop machine notebook macbook workstation
phone smartphone mobile cellphone handset iphone telephone
tablet ipad
screen display monitor
keyboard keys
crash* freeze* froze frozen hang* hung stop-responding
bug error fault glitch defect
software program programme application app
website site webpage web-page homepage
internet web online network wifi wi-fi connection
server host backend cloud
database data-store storage
file document folder
install* set-up setup installation
update* upgrade* patch* new-version
download* upload* transfer*
code coding programming source-code
developer programmer coder software-engineer engineer
hacker intruder attacker cybercriminal
virus malware trojan ransomware
email mail message e-mail inbox
battery charge* charger power-supply plug-in
printer print* scanner
robot android automaton droid
artificial-intelligence ai machine-learning neural-network
backup back-up spare-copy
click* press* tap* push-the-button
restart* reboot* turn-off-and-on

# shopping
buy* bought purchase* acquire* shop-for
sell* sold sale vend* trade-in
shop store boutique supermarket mall retailer
price cost fee charge rate amount
expensive pricey costly dear overpriced
cheap inexpensive affordable low-cost low-priced budget bargain
discount reduction voucher coupon rebate special-offer money-off
order* purchase-order ordered
parcel package packet shipment box
deliver* delivery ship* shipping dispatch* bring-to-my-door arrive*
refund* money-back reimburse* repay* pay-back
return* send-back sent-back give-back bring-back
exchange* swap* replace* replacement
receipt invoice bill proof-of-purchase
customer client shopper buyer consumer
cart basket trolley
warranty guarantee* guaranty
payment pay* paid settle* transaction
credit-card debit-card visa mastercard card
clothes clothing garment outfit apparel
dress skirt gown
shoe boot sneaker trainer footwear sandal
shirt blouse t-shirt top
jacket coat parka
trousers pants jeans

# finance
money cash funds currency
bank lender savings-bank financial-institution
loan mortgage credit borrow*
interest-rate interest yield
stock share equity securities
market stock-exchange wall-street exchange
invest* investment investor put-money-into
fall* fell drop* decline* decrease* plunge* sink* sank go-down went-down shrink* slump*
rise* rose increase* climb* grow* grew go-up went-up soar* gain* jump*
tax taxation duty levy
salary wage pay-packet income earnings
profit earnings gain surplus
loss deficit shortfall
debt owe* liability
rich wealthy affluent well-off millionaire
poor needy broke penniless
insurance cover policy
save-money savings put-aside
budget financial-plan spending-plan
inflation rising-prices cost-of-living
economy economic business-cycle
pension retirement-fund retire*
transfer-money wire-money bank-transfer

# weather
weather climate forecast meteorology
rain* rainy shower drizzle* downpour wet
sun sunny sunshine bright clear-sky cloudless
snow* snowy snowfall blizzard
wind windy gust breeze breezy
storm thunderstorm tempest hurricane lightning
cold chilly freezing icy frosty cool
hot warm heat boiling scorching
cloud cloudy overcast grey-sky
fog mist foggy misty haze
temperature degrees thermometer
flood* flooding inundation deluge
drought dry-spell dryness

# food
cook* prepare-a-meal make-dinner boil* fry* roast*
bake* baking oven
cake pie tart pastry muffin dessert pudding cupcake
bread loaf toast bun baguette roll
soup broth stew chowder
meat beef pork steak lamb ham bacon
chicken poultry turkey
fish salmon tuna cod seafood
vegetable carrot broccoli spinach cabbage greens
potato fries chips
fruit apple banana orange pear berry strawberry
salt salty salted
sugar sweet sugary
spicy pepper chili hot-sauce
cheese cheddar mozzarella
egg omelette
milk cream dairy butter yoghurt
coffee espresso latte cappuccino
tea cuppa
wine beer alcohol cocktail drink booze
water mineral-water tap-water
restaurant diner bistro cafe eatery
chef cook kitchen-chef
meal dinner lunch supper breakfast dish food
recipe cooking-instructions ingredients
hungry starving appetite
eat* ate eaten dine* consume* have-lunch
taste* flavour flavor delicious tasty yummy
vegetarian vegan plant-based meatless
pasta spaghetti noodles macaroni
rice risotto

# health
doctor physician gp medic surgeon
nurse caregiver carer
hospital clinic infirmary medical-centre
medicine medication drug pill tablet remedy antibiotic
prescribe* prescription
sick ill unwell poorly
disease illness sickness infection symptom
flu influenza cold fever cough sneeze*
pain ache* hurt* sore
headache migraine
patient sufferer invalid
surgery operation procedure
heal* recover* get-better cure* treat* treatment
vaccine vaccination jab inoculation shot
dentist tooth teeth dental
heart cardiac
blood bleed* bled
injury wound injured hurt
broken-bone fracture broken-leg
exercise workout gym fitness
sleep* slept asleep nap* doze* rest*
tired exhausted weary sleepy fatigue
diet lose-weight slim* weight-loss
pregnant pregnancy expecting-a-baby
mental-health depression anxiety therapy
allergy allergic hay-fever
healthy fit well wholesome

# animal
dog puppy hound poodle
cat kitten kitty feline
horse pony mare
cow cattle bull calf
sheep goat
bird sparrow robin pigeon
pet companion-animal
chase* run-after ran-after pursue* hunt*
bark* growl* howl*
vet veterinarian animal-doctor
zoo wildlife-park safari
wild-animal lion tiger elephant bear wolf
insect bee ant butterfly bug fly
snake lizard reptile
feed* fed

# travel
travel* journey trip tour voyage
holiday vacation getaway break
hotel inn hostel guesthouse lodging accommodation
room suite bedroom
book* reserve* reservation booking
flight fly* flew plane aeroplane airplane aircraft jet airline
airport terminal
pilot captain flight-crew
land* landed touch-down
train railway rail subway metro tube
station platform
bus coach tram
car vehicle automobile auto motorcar
taxi cab uber
bicycle bike cycle* cycling
boat ship ferry yacht vessel
drive* drove driven driver motorist
road street highway motorway
traffic traffic-jam congestion gridlock
delay* late behind-schedule postponed overdue
ticket fare boarding-pass
passport visa
luggage suitcase baggage bag
sea ocean seaside beach coast shore
mountain hill peak summit
island isle
map directions route way
tourist traveller traveler visitor
visit* go-to-see went-to
crash accident collision
petrol gas fuel gasoline diesel
park-the-car parking car-park garage
engine motor
tyre tire wheel flat-tyre
lake river stream
camping camp* tent
`;

/** One topic per "#" heading, one concept per line; headings with "~" are no topic of their own. */
export const CONCEPT_LEXICON = `${CONCEPTS.trim()}

${MORE_CONCEPTS.trim()}
`;

/** Words without a meaning of their own, mixed into sentences so that the model ignores them. */
export const FUNCTION_WORDS = `
the a an and or of to in on at for with from by as is are was were be been being am do does did has
have had will would can could should may might must it its this that these those there here i you he
she we they me him her us them my your his our their mine who what which when where why how if then
than so but because while about into over after before up down out off all any some more most no not
please hello hi thanks dear just also very really quite rather only even too s t m re ve ll d don
went go going come came take took put let every each own
`
  .trim()
  .split(/\s+/);
