BEGIN TRANSACTION;
CREATE TABLE campaign (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    base_url TEXT NOT NULL,
    client_no INTEGER NOT NULL,
    input_digest TEXT NOT NULL,
    begun_by TEXT NOT NULL,
    header TEXT NOT NULL,
    rows INTEGER NOT NULL,
    customers INTEGER NOT NULL,
    invalid INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    blank INTEGER NOT NULL,
    planning INTEGER NOT NULL,
    plan TEXT,
    latch TEXT,
    audit_mark TEXT  -- what the audit file looked like after a clean end; NULL while a run goes on or was killed
, orders INTEGER NOT NULL DEFAULT 0, paused INTEGER NOT NULL DEFAULT 0, rate REAL, max_deletes INTEGER, halt TEXT, stirred INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "campaign" VALUES(1,'spring-2026','https://armrest.example/arm/v1',2218,'37c60d1d085d012ae358f626f06bd102446d629b93ab9ec990da7608d543e9a6','delete','{"columns":["Kundenr"],"named":true,"delimiter":",","number_at":0,"client_at":null}',24,24,0,0,0,0,NULL,NULL,NULL,1,0,NULL,NULL,NULL,0);
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    number TEXT NOT NULL,
    line INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open',
    unanswered INTEGER NOT NULL DEFAULT 0,
    delete_status INTEGER,
    rank INTEGER NOT NULL DEFAULT 1,
    intents INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0,
    setback INTEGER NOT NULL DEFAULT 0,
    approved INTEGER NOT NULL DEFAULT 0,
    run INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    settled_at TEXT
, intended_at TEXT) STRICT;
INSERT INTO "customers" VALUES(1,'120779','120779',2,'ineligible',0,NULL,4,0,1,0,0,1,'documents','2026-11-26T00:25:31.066707Z',NULL);
INSERT INTO "customers" VALUES(2,'161705','161705',3,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-26T00:25:31.103622Z','2026-11-26T00:25:31.097128Z');
INSERT INTO "customers" VALUES(3,'169746','169746',4,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-26T00:25:31.144621Z','2026-11-26T00:25:31.135079Z');
INSERT INTO "customers" VALUES(4,'194476','194476',5,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-26T00:25:31.185093Z','2026-11-26T00:25:31.178504Z');
INSERT INTO "customers" VALUES(5,'208177','208177',6,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-26T00:25:31.229545Z','2026-11-26T00:25:31.215841Z');
INSERT INTO "customers" VALUES(6,'262500','262500',7,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-26T00:25:31.270188Z','2026-11-26T00:25:31.256652Z');
INSERT INTO "customers" VALUES(7,'281051','281051',8,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-26T00:25:31.307669Z','2026-11-26T00:25:31.300353Z');
INSERT INTO "customers" VALUES(8,'332708','332708',9,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-26T00:25:31.351216Z','2026-11-26T00:25:31.338590Z');
INSERT INTO "customers" VALUES(9,'347514','347514',10,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-26T00:25:31.388556Z','2026-11-26T00:25:31.379042Z');
INSERT INTO "customers" VALUES(10,'390122','390122',11,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-26T00:25:31.432911Z','2026-11-26T00:25:31.423285Z');
INSERT INTO "customers" VALUES(11,'403432','403432',12,'intended',0,NULL,0,1,1,0,0,1,'',NULL,'2026-11-26T00:25:31.459814Z');
INSERT INTO "customers" VALUES(12,'418031','418031',13,'intended',0,NULL,0,1,1,0,0,1,'',NULL,'2026-11-26T00:25:31.500817Z');
INSERT INTO "customers" VALUES(13,'477744','477744',14,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(14,'515297','515297',15,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(15,'521098','521098',16,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(16,'602140','602140',17,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(17,'645615','645615',18,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(18,'662749','662749',19,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(19,'676089','676089',20,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(20,'856250','856250',21,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(21,'902331','902331',22,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(22,'917622','917622',23,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(23,'939335','939335',24,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
INSERT INTO "customers" VALUES(24,'967037','967037',25,'open',0,NULL,1,0,0,0,0,0,'',NULL,NULL);
CREATE TABLE facts (seq INTEGER PRIMARY KEY, line BLOB NOT NULL) STRICT;
INSERT INTO "facts" VALUES(1,CAST('{"seq":1,"time":"2026-11-26T00:25:31.048259Z","kind":"campaign","event":"created","format":"amili-purge-audit/1","campaign":"spring-2026","baseUrl":"https://armrest.example/arm/v1","clientNo":2218,"inputDigest":"37c60d1d085d012ae358f626f06bd102446d629b93ab9ec990da7608d543e9a6","rows":24,"customers":24,"invalid":0,"duplicate":0,"blank":0,"salt":"o1yZf_2O98lyM2p9","prev":"0000000000000000000000000000000000000000000000000000000000000000","hash":"0c6d563042deae336ae05c081da40f953785243721d47538f503c4d4ace6066b"}' AS BLOB));
INSERT INTO "facts" VALUES(2,CAST('{"seq":2,"time":"2026-11-26T00:25:31.051061Z","kind":"campaign","event":"started","command":"run","user":"purge","host":"worker-1","pid":9610,"version":"0.1.0","tokenSubject":"sandbox-client","approval":null,"recheck":false,"settings":{"max_delete_share":null,"max_failure_share":0.05,"max_in_doubt":null,"max_invalid_share":0.01,"sentinel":null,"check_max_age":2.0,"verify_share":0.01,"match":null,"max_deletes":20,"limit":null,"ramp":false,"rate":100.0,"adaptive":true,"concurrency":2,"attempts":3,"request_timeout":30.0,"outage_budget":300.0,"documents_filter":"customerno","documents_key":"documents","aritems_filter":"customerno","aritems_key":"arItems","protect":null,"empty_list":[200],"checkpoint_key":null},"salt":"N1XOYm80j6KOCcwQ","prev":"0c6d563042deae336ae05c081da40f953785243721d47538f503c4d4ace6066b","hash":"5e251fec66abb40016c71744243fe7cad4d2638763cd3c2fbb184bf080c00863"}' AS BLOB));
INSERT INTO "facts" VALUES(3,CAST('{"seq":3,"time":"2026-11-26T00:25:31.066848Z","kind":"check","clientNo":2218,"customerNo":"120779","findings":{"customer":"some","documents":"some"},"gets":2,"salt":"LRKfuGFGXg39NwSd","prev":"5e251fec66abb40016c71744243fe7cad4d2638763cd3c2fbb184bf080c00863","hash":"5a929ee6655de50564db7e114391e48a632435ad7d68beae2f7a8cb1bc88dd73"}' AS BLOB));
INSERT INTO "facts" VALUES(4,CAST('{"seq":4,"time":"2026-11-26T00:25:31.066899Z","kind":"verdict","clientNo":2218,"customerNo":"120779","verdict":"ineligible","reason":"documents","evidence":{"customer":"some","documents":"some"},"salt":"7fhA_67wwWrdZ5WX","prev":"5a929ee6655de50564db7e114391e48a632435ad7d68beae2f7a8cb1bc88dd73","hash":"6eebee8a161d86d53ff261fbcff6ae172f497f2f94cc334d2d6dddbb43d841cd"}' AS BLOB));
INSERT INTO "facts" VALUES(5,CAST('{"seq":5,"time":"2026-11-26T00:25:31.097204Z","kind":"check","clientNo":2218,"customerNo":"161705","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"qZMDoey0bL3rP4Ns","prev":"6eebee8a161d86d53ff261fbcff6ae172f497f2f94cc334d2d6dddbb43d841cd","hash":"737d8c5176f71f202a49a3110afc3d5c2ab18d5a0b446be1387126efbde21270"}' AS BLOB));
INSERT INTO "facts" VALUES(6,CAST('{"seq":6,"time":"2026-11-26T00:25:31.097277Z","kind":"intent","clientNo":2218,"customerNo":"161705","attempt":1,"salt":"dc2Jl-qA5LYRTbdQ","prev":"737d8c5176f71f202a49a3110afc3d5c2ab18d5a0b446be1387126efbde21270","hash":"0c1d6e0e1de79c9e0073f2a7fcf4871c2af30b32b62548fa4a3a8b928f9fa3a0"}' AS BLOB));
INSERT INTO "facts" VALUES(7,CAST('{"seq":7,"time":"2026-11-26T00:25:31.103672Z","kind":"attempt","clientNo":2218,"customerNo":"161705","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"salt":"pr8bdpIzYR8H9KMu","prev":"0c1d6e0e1de79c9e0073f2a7fcf4871c2af30b32b62548fa4a3a8b928f9fa3a0","hash":"de71903de60fafee71690ba108f8b0cde65adf83ced623aae99706e914118b09"}' AS BLOB));
INSERT INTO "facts" VALUES(8,CAST('{"seq":8,"time":"2026-11-26T00:25:31.103714Z","kind":"verdict","clientNo":2218,"customerNo":"161705","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"salt":"1ZHyELXmOdLpdChw","prev":"de71903de60fafee71690ba108f8b0cde65adf83ced623aae99706e914118b09","hash":"09d17daf05fc95d394bf395d0cb8cea040b134c29c2e43e2cc6d2a7f81e7bd9c"}' AS BLOB));
INSERT INTO "facts" VALUES(9,CAST('{"seq":9,"time":"2026-11-26T00:25:31.135155Z","kind":"check","clientNo":2218,"customerNo":"169746","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"ZAZScMMHTPwwjb_c","prev":"09d17daf05fc95d394bf395d0cb8cea040b134c29c2e43e2cc6d2a7f81e7bd9c","hash":"40306838dc56d4ed782a5e51643126fe8d69fac3f2c6d6a351ef69c961b62b4b"}' AS BLOB));
INSERT INTO "facts" VALUES(10,CAST('{"seq":10,"time":"2026-11-26T00:25:31.135225Z","kind":"intent","clientNo":2218,"customerNo":"169746","attempt":1,"salt":"siWBaTHC2eOZZK8y","prev":"40306838dc56d4ed782a5e51643126fe8d69fac3f2c6d6a351ef69c961b62b4b","hash":"848a9c563f67427612547df78b6f75418cf188ef21e4503560294139e4fb6019"}' AS BLOB));
INSERT INTO "facts" VALUES(11,CAST('{"seq":11,"time":"2026-11-26T00:25:31.144711Z","kind":"attempt","clientNo":2218,"customerNo":"169746","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"salt":"zwBb0c4-WZKVC-By","prev":"848a9c563f67427612547df78b6f75418cf188ef21e4503560294139e4fb6019","hash":"55aaf9ecb2b99fa3cf8fc0d416e631ff4b6f826abdcc857d3717ea4914b549a0"}' AS BLOB));
INSERT INTO "facts" VALUES(12,CAST('{"seq":12,"time":"2026-11-26T00:25:31.144765Z","kind":"verdict","clientNo":2218,"customerNo":"169746","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"salt":"OpALkbxWsgNfu7o1","prev":"55aaf9ecb2b99fa3cf8fc0d416e631ff4b6f826abdcc857d3717ea4914b549a0","hash":"2541ff7ae30485a31790eb925b1be740440cd53daf85719d52cac9d5af9e18ce"}' AS BLOB));
INSERT INTO "facts" VALUES(13,CAST('{"seq":13,"time":"2026-11-26T00:25:31.178582Z","kind":"check","clientNo":2218,"customerNo":"194476","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"A8DmyM4F8Yw14XLA","prev":"2541ff7ae30485a31790eb925b1be740440cd53daf85719d52cac9d5af9e18ce","hash":"376ee8ca2d1e4ddfb3cf649cd2abae85bc4a7ec8a1a32a26f1e0df5d5180c76a"}' AS BLOB));
INSERT INTO "facts" VALUES(14,CAST('{"seq":14,"time":"2026-11-26T00:25:31.178661Z","kind":"intent","clientNo":2218,"customerNo":"194476","attempt":1,"salt":"kT4H70DMEpk_HyHW","prev":"376ee8ca2d1e4ddfb3cf649cd2abae85bc4a7ec8a1a32a26f1e0df5d5180c76a","hash":"373d5e58d0f6a1f73a2ab1d800ece2ecf72277cb687dbd3467c4b7b1b711bb36"}' AS BLOB));
INSERT INTO "facts" VALUES(15,CAST('{"seq":15,"time":"2026-11-26T00:25:31.185205Z","kind":"attempt","clientNo":2218,"customerNo":"194476","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"salt":"m67OBRGRk7FWPIgM","prev":"373d5e58d0f6a1f73a2ab1d800ece2ecf72277cb687dbd3467c4b7b1b711bb36","hash":"7bf19e44504f9c2198bae22016da42eddaab073133f58cde235ea7c4cf91d8dc"}' AS BLOB));
INSERT INTO "facts" VALUES(16,CAST('{"seq":16,"time":"2026-11-26T00:25:31.185251Z","kind":"verdict","clientNo":2218,"customerNo":"194476","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"salt":"-1aqPhPmNkAaHOU1","prev":"7bf19e44504f9c2198bae22016da42eddaab073133f58cde235ea7c4cf91d8dc","hash":"09a1eb5a583254eb4a1cb7820b6c01d64ed1b8e5c30eeae804a819b40c04517a"}' AS BLOB));
INSERT INTO "facts" VALUES(17,CAST('{"seq":17,"time":"2026-11-26T00:25:31.215923Z","kind":"check","clientNo":2218,"customerNo":"208177","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"Vr9hIGit7Jy53Eoy","prev":"09a1eb5a583254eb4a1cb7820b6c01d64ed1b8e5c30eeae804a819b40c04517a","hash":"219284dc9f05a20f7cbc1806fbe193819abefd7e74b340b7170d368065bc8f63"}' AS BLOB));
INSERT INTO "facts" VALUES(18,CAST('{"seq":18,"time":"2026-11-26T00:25:31.216002Z","kind":"intent","clientNo":2218,"customerNo":"208177","attempt":1,"salt":"Un5Uhif8M5vrMfgV","prev":"219284dc9f05a20f7cbc1806fbe193819abefd7e74b340b7170d368065bc8f63","hash":"f7fe166b8f6d4b3e9882764a982ba3e1a080d02dffe2e1161eb5aa6062de5ab9"}' AS BLOB));
INSERT INTO "facts" VALUES(19,CAST('{"seq":19,"time":"2026-11-26T00:25:31.229612Z","kind":"attempt","clientNo":2218,"customerNo":"208177","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"salt":"cERXhfuztuL4sovf","prev":"f7fe166b8f6d4b3e9882764a982ba3e1a080d02dffe2e1161eb5aa6062de5ab9","hash":"f89b512ec8b7ca95f3e539a018a548b581b582b6ba3e1417266ce4ab55085a84"}' AS BLOB));
INSERT INTO "facts" VALUES(20,CAST('{"seq":20,"time":"2026-11-26T00:25:31.229670Z","kind":"verdict","clientNo":2218,"customerNo":"208177","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"salt":"R-Ss-hpx1_gZsvZG","prev":"f89b512ec8b7ca95f3e539a018a548b581b582b6ba3e1417266ce4ab55085a84","hash":"59d81d5a67c17eb409884d8a03cff69ea1678e54d2521b0135f34dadf838819b"}' AS BLOB));
INSERT INTO "facts" VALUES(21,CAST('{"seq":21,"time":"2026-11-26T00:25:31.256720Z","kind":"check","clientNo":2218,"customerNo":"262500","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"Wia5bh-RPOyyB81m","prev":"59d81d5a67c17eb409884d8a03cff69ea1678e54d2521b0135f34dadf838819b","hash":"2e921e223ac6d9c002eed32b70e58a020b6ef6b945f5e9dd53033c2c69d47cac"}' AS BLOB));
INSERT INTO "facts" VALUES(22,CAST('{"seq":22,"time":"2026-11-26T00:25:31.256790Z","kind":"intent","clientNo":2218,"customerNo":"262500","attempt":1,"salt":"XmqCqYrxo58SroMI","prev":"2e921e223ac6d9c002eed32b70e58a020b6ef6b945f5e9dd53033c2c69d47cac","hash":"1e99f26dad9ccaa23ae0c5db309609ef0e37d1a79abf9ee62135191adad8d874"}' AS BLOB));
INSERT INTO "facts" VALUES(23,CAST('{"seq":23,"time":"2026-11-26T00:25:31.270241Z","kind":"attempt","clientNo":2218,"customerNo":"262500","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"salt":"i9NQIwtpCXlBHnq3","prev":"1e99f26dad9ccaa23ae0c5db309609ef0e37d1a79abf9ee62135191adad8d874","hash":"58568210102ffcb06531c812341ddf761682069a38e50e720424d3639bfdc269"}' AS BLOB));
INSERT INTO "facts" VALUES(24,CAST('{"seq":24,"time":"2026-11-26T00:25:31.270287Z","kind":"verdict","clientNo":2218,"customerNo":"262500","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"salt":"JCu4crTIWRBJsyaT","prev":"58568210102ffcb06531c812341ddf761682069a38e50e720424d3639bfdc269","hash":"5ba37a4d16d031d6e9a413390ab68ecf576c9a9c34c2868d8bcaa42859c2d169"}' AS BLOB));
INSERT INTO "facts" VALUES(25,CAST('{"seq":25,"time":"2026-11-26T00:25:31.300420Z","kind":"check","clientNo":2218,"customerNo":"281051","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"UwoMT1_Mw5qqJyKC","prev":"5ba37a4d16d031d6e9a413390ab68ecf576c9a9c34c2868d8bcaa42859c2d169","hash":"589b415e1f45489b288a7eac61118503729ef70ba3dbd526be9cb5c3deb8a5cf"}' AS BLOB));
INSERT INTO "facts" VALUES(26,CAST('{"seq":26,"time":"2026-11-26T00:25:31.300487Z","kind":"intent","clientNo":2218,"customerNo":"281051","attempt":1,"salt":"b1SCavO_M4jG-fvr","prev":"589b415e1f45489b288a7eac61118503729ef70ba3dbd526be9cb5c3deb8a5cf","hash":"98b9faabe75b8edfc3dc62c2db37ba0bcc571b4db61be82557819327fb379bfe"}' AS BLOB));
INSERT INTO "facts" VALUES(27,CAST('{"seq":27,"time":"2026-11-26T00:25:31.307720Z","kind":"attempt","clientNo":2218,"customerNo":"281051","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"salt":"bDRdOT9Ph7xhqpCo","prev":"98b9faabe75b8edfc3dc62c2db37ba0bcc571b4db61be82557819327fb379bfe","hash":"381dc5aa6209794affe803f323b87c6581fa1f2e41173e4a40bf9f41e6329183"}' AS BLOB));
INSERT INTO "facts" VALUES(28,CAST('{"seq":28,"time":"2026-11-26T00:25:31.307762Z","kind":"verdict","clientNo":2218,"customerNo":"281051","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"salt":"NwF790r58C6Qz9yk","prev":"381dc5aa6209794affe803f323b87c6581fa1f2e41173e4a40bf9f41e6329183","hash":"1cc8614f4b534fe90a79d7bcd1371c0b6ed32be03715373a3d6f63ed54db44ba"}' AS BLOB));
INSERT INTO "facts" VALUES(29,CAST('{"seq":29,"time":"2026-11-26T00:25:31.338653Z","kind":"check","clientNo":2218,"customerNo":"332708","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"t4B6TR6Rsx_sqOmT","prev":"1cc8614f4b534fe90a79d7bcd1371c0b6ed32be03715373a3d6f63ed54db44ba","hash":"359abbb76f442aced9c7f42fdd07ee0ed82186c166df26efdece25235a92f5fa"}' AS BLOB));
INSERT INTO "facts" VALUES(30,CAST('{"seq":30,"time":"2026-11-26T00:25:31.338717Z","kind":"intent","clientNo":2218,"customerNo":"332708","attempt":1,"salt":"IRBJ1fBl8K6AUtnd","prev":"359abbb76f442aced9c7f42fdd07ee0ed82186c166df26efdece25235a92f5fa","hash":"9290e0091c94011a53276ee62d22b726e96148dfa8996c43bdd293b5afb21324"}' AS BLOB));
INSERT INTO "facts" VALUES(31,CAST('{"seq":31,"time":"2026-11-26T00:25:31.351479Z","kind":"attempt","clientNo":2218,"customerNo":"332708","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"salt":"2Ey8E3lyIyKI6Lod","prev":"9290e0091c94011a53276ee62d22b726e96148dfa8996c43bdd293b5afb21324","hash":"fbc88f8fc5105a99dc24cf5642e857c2e0e927d7ed8e4273f8584068cf40b3e0"}' AS BLOB));
INSERT INTO "facts" VALUES(32,CAST('{"seq":32,"time":"2026-11-26T00:25:31.351550Z","kind":"verdict","clientNo":2218,"customerNo":"332708","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"salt":"djcBSwXtfkUI6eWW","prev":"fbc88f8fc5105a99dc24cf5642e857c2e0e927d7ed8e4273f8584068cf40b3e0","hash":"62c73dad6342b72d819c4126d3096b704dce9d31d7d4e7591c21bd7aa7168945"}' AS BLOB));
INSERT INTO "facts" VALUES(33,CAST('{"seq":33,"time":"2026-11-26T00:25:31.379118Z","kind":"check","clientNo":2218,"customerNo":"347514","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"iyb_rl_pUj2Rjp1x","prev":"62c73dad6342b72d819c4126d3096b704dce9d31d7d4e7591c21bd7aa7168945","hash":"d0e2b9c671c5d4cfd9fa165efae3daa703d1daf2fdea042d5da0697839da2a22"}' AS BLOB));
INSERT INTO "facts" VALUES(34,CAST('{"seq":34,"time":"2026-11-26T00:25:31.379198Z","kind":"intent","clientNo":2218,"customerNo":"347514","attempt":1,"salt":"j9ud-kE8i_2Kx7E6","prev":"d0e2b9c671c5d4cfd9fa165efae3daa703d1daf2fdea042d5da0697839da2a22","hash":"e3c2383fe48b9c5fc22c73474c1f47bc92db1467e9271d15a748a428dab8399a"}' AS BLOB));
INSERT INTO "facts" VALUES(35,CAST('{"seq":35,"time":"2026-11-26T00:25:31.388613Z","kind":"attempt","clientNo":2218,"customerNo":"347514","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"salt":"jwg7D26nmeX9lJaw","prev":"e3c2383fe48b9c5fc22c73474c1f47bc92db1467e9271d15a748a428dab8399a","hash":"4dbd7e99d29f1056279c3de8d96bdc7ab94dc05b9915f5bdeed067f35d170645"}' AS BLOB));
INSERT INTO "facts" VALUES(36,CAST('{"seq":36,"time":"2026-11-26T00:25:31.388669Z","kind":"verdict","clientNo":2218,"customerNo":"347514","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"salt":"p0ayAX8woApe4YR8","prev":"4dbd7e99d29f1056279c3de8d96bdc7ab94dc05b9915f5bdeed067f35d170645","hash":"0372bfecaeefeec55cbce3736547c7d5a1e39650f846e9cc9e2b8dee4fe13a03"}' AS BLOB));
INSERT INTO "facts" VALUES(37,CAST('{"seq":37,"time":"2026-11-26T00:25:31.423359Z","kind":"check","clientNo":2218,"customerNo":"390122","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"kPMcbJLdkJsNJOcs","prev":"0372bfecaeefeec55cbce3736547c7d5a1e39650f846e9cc9e2b8dee4fe13a03","hash":"4e7ed620e15af4101d3945da11920b414d712c88b3e5a38e303ded3cfb3c8561"}' AS BLOB));
INSERT INTO "facts" VALUES(38,CAST('{"seq":38,"time":"2026-11-26T00:25:31.423438Z","kind":"intent","clientNo":2218,"customerNo":"390122","attempt":1,"salt":"cbbcxiIQyyiiGMCq","prev":"4e7ed620e15af4101d3945da11920b414d712c88b3e5a38e303ded3cfb3c8561","hash":"d7112cb0ce0107143071e52dca7dafbb59aa47a5bf35a50b6044b5eb7ddd73f9"}' AS BLOB));
INSERT INTO "facts" VALUES(39,CAST('{"seq":39,"time":"2026-11-26T00:25:31.432970Z","kind":"attempt","clientNo":2218,"customerNo":"390122","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"salt":"fGw1UD3sFLqZxh0F","prev":"d7112cb0ce0107143071e52dca7dafbb59aa47a5bf35a50b6044b5eb7ddd73f9","hash":"709cc44ee70b64cf44023f5be71c200de026e9ac2053c23f870c7703613b4406"}' AS BLOB));
INSERT INTO "facts" VALUES(40,CAST('{"seq":40,"time":"2026-11-26T00:25:31.433024Z","kind":"verdict","clientNo":2218,"customerNo":"390122","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"salt":"pGw7clls8wvyc4gQ","prev":"709cc44ee70b64cf44023f5be71c200de026e9ac2053c23f870c7703613b4406","hash":"7181f81345f901411ade49965b946a2c29cb0314b73d542d3b9b7b0aa5d0ce16"}' AS BLOB));
INSERT INTO "facts" VALUES(41,CAST('{"seq":41,"time":"2026-11-26T00:25:31.459881Z","kind":"check","clientNo":2218,"customerNo":"403432","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"6PUgmgyWmY6v88Rj","prev":"7181f81345f901411ade49965b946a2c29cb0314b73d542d3b9b7b0aa5d0ce16","hash":"c5841ec624701dcaf42bb4d78a0103cacf0993d5a119110359f5fe499e2ee350"}' AS BLOB));
INSERT INTO "facts" VALUES(42,CAST('{"seq":42,"time":"2026-11-26T00:25:31.459938Z","kind":"intent","clientNo":2218,"customerNo":"403432","attempt":1,"salt":"Ed1o3o17TPT5QLqe","prev":"c5841ec624701dcaf42bb4d78a0103cacf0993d5a119110359f5fe499e2ee350","hash":"4efd9f1997a89411bbc8ae801e2ddad2408734b00507804964124ffa397edeeb"}' AS BLOB));
INSERT INTO "facts" VALUES(43,CAST('{"seq":43,"time":"2026-11-26T00:25:31.500894Z","kind":"check","clientNo":2218,"customerNo":"418031","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"salt":"pCToXHd2KqdFB5C4","prev":"4efd9f1997a89411bbc8ae801e2ddad2408734b00507804964124ffa397edeeb","hash":"b779467b35e66cbda4bf4be91bad8d4586c0ced1dc82dcfffd7199dfd88dbbc4"}' AS BLOB));
INSERT INTO "facts" VALUES(44,CAST('{"seq":44,"time":"2026-11-26T00:25:31.500965Z","kind":"intent","clientNo":2218,"customerNo":"418031","attempt":1,"salt":"G1a5QVICADLqAFZQ","prev":"b779467b35e66cbda4bf4be91bad8d4586c0ced1dc82dcfffd7199dfd88dbbc4","hash":"d08b4ceddbd29bdba43dbb89894764a782eaf1b781f4a752bad8d454682a5166"}' AS BLOB));
CREATE TABLE protect (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE rows (
    line INTEGER PRIMARY KEY,
    customer INTEGER REFERENCES customers (id),
    invalid TEXT,
    cells TEXT NOT NULL
, request TEXT, verdict TEXT, reason TEXT, delete_status INTEGER, settled_at TEXT) STRICT;
INSERT INTO "rows" VALUES(2,1,NULL,'["120779"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(3,2,NULL,'["161705"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(4,3,NULL,'["169746"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(5,4,NULL,'["194476"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(6,5,NULL,'["208177"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(7,6,NULL,'["262500"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(8,7,NULL,'["281051"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(9,8,NULL,'["332708"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(10,9,NULL,'["347514"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(11,10,NULL,'["390122"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(12,11,NULL,'["403432"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(13,12,NULL,'["418031"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(14,13,NULL,'["477744"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(15,14,NULL,'["515297"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(16,15,NULL,'["521098"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(17,16,NULL,'["602140"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(18,17,NULL,'["645615"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(19,18,NULL,'["662749"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(20,19,NULL,'["676089"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(21,20,NULL,'["856250"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(22,21,NULL,'["902331"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(23,22,NULL,'["917622"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(24,23,NULL,'["939335"]',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "rows" VALUES(25,24,NULL,'["967037"]',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    exit_code INTEGER,
    stopped_by TEXT,
    requests TEXT NOT NULL DEFAULT '{}',
    pulse TEXT NOT NULL DEFAULT '{}'  -- how it was going a moment ago, for `status` beside the run
, host TEXT NOT NULL DEFAULT '', pid INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "runs" VALUES(1,'run','2026-11-26T00:25:31.051061Z',NULL,NULL,NULL,'{"get_customer":0,"get_documents":0,"get_aritems":0,"delete":0,"token":0,"documents_first":0,"documents_found":0,"aritems_first":0,"aritems_found":0,"deletions":0,"for_deletions":0,"rejections":0,"for_rejections":0}','{"done":0,"customers":24,"verdicts":{},"pace":0.0,"rate":100.0,"in_flight":0,"throttled_by":null,"rate_reason":null,"seconds_left":null,"share":100.0,"oldest_in_flight":null}','vm',9610);
CREATE INDEX customers_to_work ON customers (rank, id) WHERE rank < 5;
CREATE INDEX customers_held ON customers (id) WHERE state = 'held';
CREATE INDEX customers_ineligible ON customers (id) WHERE state = 'ineligible';
CREATE INDEX customers_seen ON customers (id) WHERE seen = 1 AND intents = 0;
CREATE TRIGGER facts_are_never_changed BEFORE UPDATE ON facts
BEGIN
    SELECT RAISE(ABORT, 'facts are never changed');
END;
CREATE TRIGGER facts_are_never_removed BEFORE DELETE ON facts
BEGIN
    SELECT RAISE(ABORT, 'facts are never removed');
END;
CREATE VIEW found_free AS
SELECT id, key FROM customers WHERE state = 'eligible' OR (state = 'in_doubt' AND reason = 'still_there');
CREATE UNIQUE INDEX rows_by_request ON rows (request) WHERE request IS NOT NULL;
CREATE INDEX rows_deleted_before ON rows (settled_at) WHERE verdict IN ('deleted', 'deleted_inferred');
CREATE INDEX customers_intended ON customers (intended_at) WHERE intended_at IS NOT NULL;
COMMIT;
PRAGMA user_version = 2;
