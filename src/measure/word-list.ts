// Words for texts to measure with: common ones, which most vocabularies know as one piece.

export const WORDS: readonly string[] = `
the of and to in that was for with his this had not are but from have they which one you were her
all she there would their been has when who will more out said what about into than them can only
other new some could time these two may then first any now such like our over man even most made
after also many before must through back years where much your way well down should because each
just those people how too little state good very make world still own see men work long get here
between both life being under never day same another know while last might us great old year off
come since against go came right used take three house home small found thought went say part once
high school every left number course water less public put think hand enough far took head yet
system better set told nothing night end why called find going look asked later point next city
business give group young days let room word side social present order national second face per
`
  .trim()
  .split(/\s+/);
