/// The words that rows of `uservisits` are made of.
enum VisitWords {
  /// 64 browsers and robots of 2012 and before. None has a comma, a quote, `|` or a tab in it.
  static let agents = lines(
    """
    curl/7.24.0 (x86_64-pc-linux-gnu) libcurl/7.24.0 OpenSSL/1.0.0e
    Lynx/2.8.7
    Wget/1.12
    Opera/9.80 (Windows NT 5.1; U; en) Presto/2.10.229
    Opera/9.80 (X11; Linux x86_64; U; fr) Presto/2.9.168
    Opera/9.64 (Macintosh; PPC Mac OS X; U; en)
    Opera/9.25 (Windows NT 6.0; U; MEGAUPLOAD 1.0)
    Opera/8.54 (Windows NT 4.0; U; zh-cn)
    Opera/7.54 (X11; Linux i686; U) [en]
    Opera/10.61 (Windows NT 5.1; U; pl)
    Links (2.2; Linux 2.6.37 x86_64; 80x25)
    Links (2.1pre15; FreeBSD 5.3 i386; 196x84)
    ELinks/0.12 (textmode; Linux; 143x53-2)
    w3m/0.5.2
    Dillo/2.2
    Mozilla/5.0 (compatible; Konqueror/3.5; Linux) KHTML/3.5.5 (like Gecko)
    Mozilla/4.0 (compatible; MSIE 5.0; Windows 98)
    Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)
    Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.0)
    Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)
    Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)
    Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)
    Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)
    Mozilla/4.0 (compatible; MSIE 7.0b; Windows NT 5.2; .NET CLR 1.1)
    Mozilla/4.0 (compatible; MSIE 6.0; MSN 2.5; Windows 98)
    Mozilla/4.0 (compatible; MSIE 5.5; Windows NT 5.0; T312461)
    Mozilla/4.0 (compatible; MSIE 5.23; Mac_PowerPC)
    Mozilla/4.8 [en] (Windows NT 5.1; U)
    Mozilla/4.76 [en] (X11; U; FreeBSD 4.4-STABLE i386)
    Mozilla/5.0 (OS/2; Warp 4.5; rv:10.0.12) Gecko/20100101 Firefox/10.0.12 SeaMonkey/2.7.2
    Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.7.3) Gecko/20041020
    Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.8.1.13) Gecko/20080311 Firefox/2.0.0.13
    Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:12.0) Gecko/20100101 Firefox/12.0
    Mozilla/5.0 (Windows NT 6.1; rv:11.0) Gecko/20100101 Firefox/11.0
    Mozilla/5.0 (Macintosh; Intel Mac OS X 10.7; rv:12.0) Gecko/20100101 Firefox/12.0
    Mozilla/5.0 (X11; U; SunOS sun4u; en-US; rv:1.8.0.1) Gecko/20060206 Firefox/1.5
    Mozilla/5.0 (X11; FreeBSD amd64; rv:5.0) Gecko/20100101
    Mozilla/5.0 (Windows NT 6.1) AppleWebKit/536.5 (KHTML like Gecko) Chrome/19.0.1084.9 Safari/536.5
    Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/535.19 (KHTML like Gecko) Chrome/18.0.1025.151 Safari/535.19
    Mozilla/5.0 (Macintosh; U; PPC Mac OS X; de-de) AppleWebKit/125.5.5 (KHTML like Gecko) Safari/125.12
    Mozilla/5.0 (iPad; CPU OS 5_1 like Mac OS X) AppleWebKit/534.46 (KHTML like Gecko) Version/5.1 Mobile
    Mozilla/5.0 (iPhone; U; CPU iPhone OS 4_3_5 like Mac OS X; en-us)
    Mozilla/5.0 (Linux; U; Android 2.3.4; fr-fr; HTC Desire Build/GRJ22)
    Mozilla/5.0 (PLAYSTATION 3; 1.00)
    Mozilla/5.0 (compatible; Konqueror/4.5; FreeBSD)
    Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
    Mozilla/5.0 (compatible; bingbot/2.0)
    Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)
    Googlebot-Image/1.0
    Baiduspider+(+http://www.baidu.com/search/spider.htm)
    BlackBerry9000/4.6.0.167 Profile/MIDP-2.0
    Nokia6100/1.0 (04.01) Profile/MIDP-1.0
    SonyEricssonK750i/R1CA Browser/SEMC-Browser/4.2
    SAMSUNG-SGH-E250/1.0 Profile/MIDP-2.0
    msnbot/2.0b (+http://search.msn.com/msnbot.htm)
    Python-urllib/2.7
    Mozilla/4.0 (Windows XP 5.1) Java/1.6.0_26
    libwww-perl/5.836
    iTunes/9.1.1 (Macintosh; Intel Mac OS X 10.6.3) AppleWebKit/531.22.7
    Songbird/1.8.0 (20100730083505)
    Epiphany/2.30.6 (Debian 6.0)
    Microsoft URL Control - 6.01.9782
    Seamonkey-1.1.13-1(X11; U; GNU Fedora fc 10) Gecko/20081112
    Midori/0.2.2 (X11; Linux; U; en-us) WebKit/531.2+
    """)

  /// 64 pairs of countryCode and languageCode.
  static let locales = words(
    """
    ARE,ar-AE ARG,es-AR AUS,en-AU AUT,de-AT BEL,nl-BE BEL,fr-BE BGR,bg BRA,pt-BR \
    CAN,en-CA CAN,fr-CA CHE,de-CH CHE,fr-CH CHL,es-CL CHN,zh-CN COL,es-CO CZE,cs \
    DEU,de-DE DEU,de DNK,da ECU,es-EC EGY,ar-EG ESP,es-ES ESP,ca EST,et \
    FIN,fi FRA,fr-FR FRA,fr GBR,en-GB GRC,el HKG,zh-HK HRV,hr HUN,hu \
    IDN,id IND,en-IN IND,hi IRL,en-IE ISL,is ISR,he ITA,it-IT JPN,ja-JP \
    KOR,ko LTU,lt LUX,fr-LU LVA,lv MAR,ar-MA MEX,es-MX NLD,nl-NL NOR,no \
    NZL,en-NZ PER,es-PE PHL,en-PH POL,pl PRT,pt-PT ROU,ro RUS,ru SAU,ar-SA \
    SGP,en-SG SWE,sv THA,th TUR,tr UKR,uk USA,en-US VNM,vi ZAF,en-ZA
    """)

  /// 16 search words of each length from 3 to 12 letters.
  private static let short = words(
    """
    car job map pet spa tax toy van art bus dvd fly gym hat inn law bank book cars cruz diet film game \
    gift gold home jazz kids loan news rent shoe autos baths beach boats candy chess dance flags homes \
    hotel media music phone radio rugby wines airbus banner bikini camera casino cinema cookie dental \
    doctor engine flower garden guitar horses island jacket airline baggage banking bedroom bicycle \
    blanket cabinet camping chicken college concert cruises fashion fitness gardens holiday aquarium \
    archives backpack baseball birthday business calendar ceramics charters computer discount football \
    graphics hospital internet jewelery accessory adventure apartment astrology breakfast buildings \
    chocolate classical community dentistry education equipment furniture insurance marketing newspaper \
    accounting aerobatics apartments art+school basketball biographys bookstores broadcasts cartoonist \
    collection commercial conference television university volleyball wallpapers agriculture anniversary \
    aquaculture chiropracty comparisons competition consultants cosmetology destination electricity \
    engineering genealogist geothermals horseracing photography restaurants architecture arrangements \
    astrophysics baby+clothes broadcasting conservation construction dictionaries distribution \
    encyclopedia epidemiology headquarters illustration kindergarten philharmonic refrigerator
    """)

  static let searchLengths = 3...24
  /// Search words of each length.
  static let searchChoices = 16

  /// ``searchChoices`` search words of `length` bytes; long ones are two short ones and a plus sign.
  static func search(length: Int) -> [[UInt8]] {
    precondition(searchLengths.contains(length))
    let first = (length - searchLengths.lowerBound) * searchChoices
    if first < short.count { return Array(short[first..<first + searchChoices]) }
    let left = (length - 1) / 2
    let seconds = search(length: length - 1 - left)
    return search(length: left).enumerated().map { choice, word in
      word + [UInt8(ascii: "+")] + seconds[(5 * choice + length) % searchChoices]
    }
  }

  private static func lines(_ text: String) -> [[UInt8]] {
    text.utf8.split(separator: UInt8(ascii: "\n")).map(Array.init)
  }

  private static func words(_ text: String) -> [[UInt8]] {
    text.utf8.split(separator: UInt8(ascii: " ")).map(Array.init)
  }
}
