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
) STRICT;
INSERT INTO "campaign" VALUES(1,'spring-2026','https://armrest.example/arm/v1',2218,'37c60d1d085d012ae358f626f06bd102446d629b93ab9ec990da7608d543e9a6','delete','{"columns":["Kundenr"],"named":true,"delimiter":",","number_at":0,"client_at":null}',24,24,0,0,0,0,NULL,NULL,NULL);
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
) STRICT;
INSERT INTO "customers" VALUES(1,'120779','120779',2,'ineligible',0,NULL,4,0,1,0,0,1,'documents','2026-11-25T21:38:44.709863Z');
INSERT INTO "customers" VALUES(2,'161705','161705',3,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-25T21:38:44.725802Z');
INSERT INTO "customers" VALUES(3,'169746','169746',4,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-25T21:38:44.770973Z');
INSERT INTO "customers" VALUES(4,'194476','194476',5,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-25T21:38:44.807860Z');
INSERT INTO "customers" VALUES(5,'208177','208177',6,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-25T21:38:44.848770Z');
INSERT INTO "customers" VALUES(6,'262500','262500',7,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-25T21:38:44.892623Z');
INSERT INTO "customers" VALUES(7,'281051','281051',8,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-25T21:38:44.929583Z');
INSERT INTO "customers" VALUES(8,'332708','332708',9,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-25T21:38:44.970309Z');
INSERT INTO "customers" VALUES(9,'347514','347514',10,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-25T21:38:45.014496Z');
INSERT INTO "customers" VALUES(10,'390122','390122',11,'deleted',0,200,5,1,1,0,0,1,'confirmed','2026-11-25T21:38:45.051864Z');
INSERT INTO "customers" VALUES(11,'403432','403432',12,'intended',0,NULL,0,1,1,0,0,1,'',NULL);
INSERT INTO "customers" VALUES(12,'418031','418031',13,'intended',0,NULL,0,1,1,0,0,1,'',NULL);
INSERT INTO "customers" VALUES(13,'477744','477744',14,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(14,'515297','515297',15,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(15,'521098','521098',16,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(16,'602140','602140',17,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(17,'645615','645615',18,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(18,'662749','662749',19,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(19,'676089','676089',20,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(20,'856250','856250',21,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(21,'902331','902331',22,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(22,'917622','917622',23,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(23,'939335','939335',24,'open',0,NULL,1,0,0,0,0,0,'',NULL);
INSERT INTO "customers" VALUES(24,'967037','967037',25,'open',0,NULL,1,0,0,0,0,0,'',NULL);
CREATE TABLE facts (seq INTEGER PRIMARY KEY, line BLOB NOT NULL) STRICT;
INSERT INTO "facts" VALUES(1,CAST('{"seq":1,"time":"2026-11-25T21:38:44.583949Z","kind":"campaign","event":"created","format":"amili-purge-audit/1","campaign":"spring-2026","baseUrl":"https://armrest.example/arm/v1","clientNo":2218,"inputDigest":"37c60d1d085d012ae358f626f06bd102446d629b93ab9ec990da7608d543e9a6","rows":24,"customers":24,"invalid":0,"duplicate":0,"blank":0,"prev":"0000000000000000000000000000000000000000000000000000000000000000","hash":"5c112311de7cf4f1e89625f87f5f8bc5368775ef8d8d15f74409bf5a962e03fc"}' AS BLOB));
INSERT INTO "facts" VALUES(2,CAST('{"seq":2,"time":"2026-11-25T21:38:44.598710Z","kind":"campaign","event":"started","command":"run","user":"purge","host":"worker-1","pid":2765,"version":"0.1.0","tokenSubject":"sandbox-client","approval":null,"recheck":false,"settings":{"max_delete_share":null,"max_failure_share":0.05,"max_in_doubt":null,"max_invalid_share":0.01,"sentinel":null,"check_max_age":2.0,"verify_share":0.01,"max_deletes":20,"limit":null,"rate":100.0,"concurrency":2,"attempts":3,"request_timeout":30.0,"outage_budget":300.0,"documents_filter":"customerno","documents_key":"documents","aritems_filter":"customerno","aritems_key":"arItems","protect":null,"empty_list":[200]},"prev":"5c112311de7cf4f1e89625f87f5f8bc5368775ef8d8d15f74409bf5a962e03fc","hash":"be552223a1b654d542fc4116c9b30b630007e651c4c7e3bbfbd9b2bf9e676a53"}' AS BLOB));
INSERT INTO "facts" VALUES(3,CAST('{"seq":3,"time":"2026-11-25T21:38:44.710133Z","kind":"check","clientNo":2218,"customerNo":"120779","findings":{"customer":"some","documents":"some"},"gets":2,"prev":"be552223a1b654d542fc4116c9b30b630007e651c4c7e3bbfbd9b2bf9e676a53","hash":"67143fc81e1eeb6c907896e93aaa183ab17648914154fe76051a001e22644540"}' AS BLOB));
INSERT INTO "facts" VALUES(4,CAST('{"seq":4,"time":"2026-11-25T21:38:44.710224Z","kind":"verdict","clientNo":2218,"customerNo":"120779","verdict":"ineligible","reason":"documents","evidence":{"customer":"some","documents":"some"},"prev":"67143fc81e1eeb6c907896e93aaa183ab17648914154fe76051a001e22644540","hash":"162c497d9d6fea4f790b21cb23c5bb48b755d4c222b21ed49484e2309db71612"}' AS BLOB));
INSERT INTO "facts" VALUES(5,CAST('{"seq":5,"time":"2026-11-25T21:38:44.716410Z","kind":"check","clientNo":2218,"customerNo":"161705","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"162c497d9d6fea4f790b21cb23c5bb48b755d4c222b21ed49484e2309db71612","hash":"74e2a1418489f5934db2c2f3b64c67d3d2b0aaa967c72b202f735b594a53b79a"}' AS BLOB));
INSERT INTO "facts" VALUES(6,CAST('{"seq":6,"time":"2026-11-25T21:38:44.716473Z","kind":"intent","clientNo":2218,"customerNo":"161705","attempt":1,"prev":"74e2a1418489f5934db2c2f3b64c67d3d2b0aaa967c72b202f735b594a53b79a","hash":"ce7c106654d9d6138052c79f23965bc34e17e276efa649fe68f405f852ee1fbc"}' AS BLOB));
INSERT INTO "facts" VALUES(7,CAST('{"seq":7,"time":"2026-11-25T21:38:44.725879Z","kind":"attempt","clientNo":2218,"customerNo":"161705","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"prev":"ce7c106654d9d6138052c79f23965bc34e17e276efa649fe68f405f852ee1fbc","hash":"195513576847bb2b84241b3d82dcbec16f521cf91f2fc321a17a56152bf29724"}' AS BLOB));
INSERT INTO "facts" VALUES(8,CAST('{"seq":8,"time":"2026-11-25T21:38:44.725945Z","kind":"verdict","clientNo":2218,"customerNo":"161705","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"prev":"195513576847bb2b84241b3d82dcbec16f521cf91f2fc321a17a56152bf29724","hash":"97999161ef9788afc3e64040907bc0c26055e62fb3075ea40bea514b5dff01ea"}' AS BLOB));
INSERT INTO "facts" VALUES(9,CAST('{"seq":9,"time":"2026-11-25T21:38:44.756952Z","kind":"check","clientNo":2218,"customerNo":"169746","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"97999161ef9788afc3e64040907bc0c26055e62fb3075ea40bea514b5dff01ea","hash":"168e4d917f6ed1aedd82a416d0e87a41e62e23d1c98c3b51dbbb324a9ea44d3a"}' AS BLOB));
INSERT INTO "facts" VALUES(10,CAST('{"seq":10,"time":"2026-11-25T21:38:44.757039Z","kind":"intent","clientNo":2218,"customerNo":"169746","attempt":1,"prev":"168e4d917f6ed1aedd82a416d0e87a41e62e23d1c98c3b51dbbb324a9ea44d3a","hash":"56c911b9c99789974257e076765b8a37b0820450739ab8e7a3d2ace53aaf9b09"}' AS BLOB));
INSERT INTO "facts" VALUES(11,CAST('{"seq":11,"time":"2026-11-25T21:38:44.771076Z","kind":"attempt","clientNo":2218,"customerNo":"169746","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":1},"prev":"56c911b9c99789974257e076765b8a37b0820450739ab8e7a3d2ace53aaf9b09","hash":"a7034b33bb1352cf2e137f264dadbdc45c17248b345bfdb85e970ab48c5d08dc"}' AS BLOB));
INSERT INTO "facts" VALUES(12,CAST('{"seq":12,"time":"2026-11-25T21:38:44.771155Z","kind":"verdict","clientNo":2218,"customerNo":"169746","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"prev":"a7034b33bb1352cf2e137f264dadbdc45c17248b345bfdb85e970ab48c5d08dc","hash":"64028c4734c9cb1e219f4007d4b6851ebb2170be0f1cdd4e13abbd5f0c73f5da"}' AS BLOB));
INSERT INTO "facts" VALUES(13,CAST('{"seq":13,"time":"2026-11-25T21:38:44.801170Z","kind":"check","clientNo":2218,"customerNo":"194476","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"64028c4734c9cb1e219f4007d4b6851ebb2170be0f1cdd4e13abbd5f0c73f5da","hash":"2aa699f05f5d9e5cf9300a3ee6cdd8f4316ca534d111a4a18efa307356a4efee"}' AS BLOB));
INSERT INTO "facts" VALUES(14,CAST('{"seq":14,"time":"2026-11-25T21:38:44.801294Z","kind":"intent","clientNo":2218,"customerNo":"194476","attempt":1,"prev":"2aa699f05f5d9e5cf9300a3ee6cdd8f4316ca534d111a4a18efa307356a4efee","hash":"2d9a0ce87191ab28fe549a169365a18210ad7a08eee6214cd4d1a5ddd5f2296d"}' AS BLOB));
INSERT INTO "facts" VALUES(15,CAST('{"seq":15,"time":"2026-11-25T21:38:44.807949Z","kind":"attempt","clientNo":2218,"customerNo":"194476","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"prev":"2d9a0ce87191ab28fe549a169365a18210ad7a08eee6214cd4d1a5ddd5f2296d","hash":"7480ca0036f7ff00ef29761d70c66471c348ee782c54c703665cb96519201787"}' AS BLOB));
INSERT INTO "facts" VALUES(16,CAST('{"seq":16,"time":"2026-11-25T21:38:44.808014Z","kind":"verdict","clientNo":2218,"customerNo":"194476","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"prev":"7480ca0036f7ff00ef29761d70c66471c348ee782c54c703665cb96519201787","hash":"79bf62bb3f7ca1237d1784b75b788422b4bf9b5e728b2c1209390601119e17b6"}' AS BLOB));
INSERT INTO "facts" VALUES(17,CAST('{"seq":17,"time":"2026-11-25T21:38:44.841959Z","kind":"check","clientNo":2218,"customerNo":"208177","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"79bf62bb3f7ca1237d1784b75b788422b4bf9b5e728b2c1209390601119e17b6","hash":"1d5cd362487a9376802a6ee70858c79e5c79a828d5df85809aa0441302ab3057"}' AS BLOB));
INSERT INTO "facts" VALUES(18,CAST('{"seq":18,"time":"2026-11-25T21:38:44.842048Z","kind":"intent","clientNo":2218,"customerNo":"208177","attempt":1,"prev":"1d5cd362487a9376802a6ee70858c79e5c79a828d5df85809aa0441302ab3057","hash":"54a960588264339c3f2683993e7ac506a204cae4d85a0d73a002339906722940"}' AS BLOB));
INSERT INTO "facts" VALUES(19,CAST('{"seq":19,"time":"2026-11-25T21:38:44.848857Z","kind":"attempt","clientNo":2218,"customerNo":"208177","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":1},"prev":"54a960588264339c3f2683993e7ac506a204cae4d85a0d73a002339906722940","hash":"16478a07836e6d807a689d804c71ae2a5ec47e4e9159191d316d5f0175f3edb2"}' AS BLOB));
INSERT INTO "facts" VALUES(20,CAST('{"seq":20,"time":"2026-11-25T21:38:44.848930Z","kind":"verdict","clientNo":2218,"customerNo":"208177","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"prev":"16478a07836e6d807a689d804c71ae2a5ec47e4e9159191d316d5f0175f3edb2","hash":"ffcaffd2cf7f3ebe06caff8e9283f6fb5235fcb045c3f1019268695176576e50"}' AS BLOB));
INSERT INTO "facts" VALUES(21,CAST('{"seq":21,"time":"2026-11-25T21:38:44.882920Z","kind":"check","clientNo":2218,"customerNo":"262500","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"ffcaffd2cf7f3ebe06caff8e9283f6fb5235fcb045c3f1019268695176576e50","hash":"03a5259fa16ac5678e22e230c18c8284424aa4d2d30ef6f6ded374a9d9e9a284"}' AS BLOB));
INSERT INTO "facts" VALUES(22,CAST('{"seq":22,"time":"2026-11-25T21:38:44.883021Z","kind":"intent","clientNo":2218,"customerNo":"262500","attempt":1,"prev":"03a5259fa16ac5678e22e230c18c8284424aa4d2d30ef6f6ded374a9d9e9a284","hash":"e76ecb5e5eab09c4fde12077516bf5d5797f3b392061cba24e6d9cad4a9afbd6"}' AS BLOB));
INSERT INTO "facts" VALUES(23,CAST('{"seq":23,"time":"2026-11-25T21:38:44.892721Z","kind":"attempt","clientNo":2218,"customerNo":"262500","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"prev":"e76ecb5e5eab09c4fde12077516bf5d5797f3b392061cba24e6d9cad4a9afbd6","hash":"773757ae1fa48674a37b706e75f7f42e9169acb9dd0a58c244fc14bbf8960e39"}' AS BLOB));
INSERT INTO "facts" VALUES(24,CAST('{"seq":24,"time":"2026-11-25T21:38:44.892794Z","kind":"verdict","clientNo":2218,"customerNo":"262500","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"prev":"773757ae1fa48674a37b706e75f7f42e9169acb9dd0a58c244fc14bbf8960e39","hash":"3cac727751f23a7a4f26d2cadcc6b43a567cf32addfb078e56e9ad4ae4e9593e"}' AS BLOB));
INSERT INTO "facts" VALUES(25,CAST('{"seq":25,"time":"2026-11-25T21:38:44.919693Z","kind":"check","clientNo":2218,"customerNo":"281051","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"3cac727751f23a7a4f26d2cadcc6b43a567cf32addfb078e56e9ad4ae4e9593e","hash":"92c756e2c0daa7871d21518ad5f6aa22e18fa49f45535bdefd27ddf184f4706c"}' AS BLOB));
INSERT INTO "facts" VALUES(26,CAST('{"seq":26,"time":"2026-11-25T21:38:44.919768Z","kind":"intent","clientNo":2218,"customerNo":"281051","attempt":1,"prev":"92c756e2c0daa7871d21518ad5f6aa22e18fa49f45535bdefd27ddf184f4706c","hash":"35831e74a478d1d2fcaea4ccea6238d3d17ea85cd1246d2c67621ea139721565"}' AS BLOB));
INSERT INTO "facts" VALUES(27,CAST('{"seq":27,"time":"2026-11-25T21:38:44.929696Z","kind":"attempt","clientNo":2218,"customerNo":"281051","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"prev":"35831e74a478d1d2fcaea4ccea6238d3d17ea85cd1246d2c67621ea139721565","hash":"1b968c0cd77fbc0dc31112f10afc8afedb629ecc0324e2da10875b241dd126b2"}' AS BLOB));
INSERT INTO "facts" VALUES(28,CAST('{"seq":28,"time":"2026-11-25T21:38:44.929767Z","kind":"verdict","clientNo":2218,"customerNo":"281051","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"prev":"1b968c0cd77fbc0dc31112f10afc8afedb629ecc0324e2da10875b241dd126b2","hash":"9f3664e0979e5a152a9bb5a044488bd357efbde1d4ac767f70cc0929542c292d"}' AS BLOB));
INSERT INTO "facts" VALUES(29,CAST('{"seq":29,"time":"2026-11-25T21:38:44.961394Z","kind":"check","clientNo":2218,"customerNo":"332708","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"9f3664e0979e5a152a9bb5a044488bd357efbde1d4ac767f70cc0929542c292d","hash":"d87bf7caf2d7b8555da89618cbd48b79058e3639d66a4795a79ed7fcfeb3e96a"}' AS BLOB));
INSERT INTO "facts" VALUES(30,CAST('{"seq":30,"time":"2026-11-25T21:38:44.961498Z","kind":"intent","clientNo":2218,"customerNo":"332708","attempt":1,"prev":"d87bf7caf2d7b8555da89618cbd48b79058e3639d66a4795a79ed7fcfeb3e96a","hash":"94c4bcd454bff9eea297fac8520855509bc9d445c2e06035c0af01724eaa78b3"}' AS BLOB));
INSERT INTO "facts" VALUES(31,CAST('{"seq":31,"time":"2026-11-25T21:38:44.970414Z","kind":"attempt","clientNo":2218,"customerNo":"332708","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"prev":"94c4bcd454bff9eea297fac8520855509bc9d445c2e06035c0af01724eaa78b3","hash":"80d11959f37f09b5a599ac618513c096f894e84b30ade7b6c761870662ea0087"}' AS BLOB));
INSERT INTO "facts" VALUES(32,CAST('{"seq":32,"time":"2026-11-25T21:38:44.970494Z","kind":"verdict","clientNo":2218,"customerNo":"332708","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"prev":"80d11959f37f09b5a599ac618513c096f894e84b30ade7b6c761870662ea0087","hash":"7832a22139189b0796ea7a596741c04771c51e563171a487257cfa38a9f7c2c1"}' AS BLOB));
INSERT INTO "facts" VALUES(33,CAST('{"seq":33,"time":"2026-11-25T21:38:45.001311Z","kind":"check","clientNo":2218,"customerNo":"347514","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"7832a22139189b0796ea7a596741c04771c51e563171a487257cfa38a9f7c2c1","hash":"413c2260ecb6e5a851f476159f02bd43c4d2fe59319c93de21aac4ca58e18567"}' AS BLOB));
INSERT INTO "facts" VALUES(34,CAST('{"seq":34,"time":"2026-11-25T21:38:45.001423Z","kind":"intent","clientNo":2218,"customerNo":"347514","attempt":1,"prev":"413c2260ecb6e5a851f476159f02bd43c4d2fe59319c93de21aac4ca58e18567","hash":"4ad9373f5baf1155cb82126a8b04cffe1adaded5f0490dbe4a18a3cfdb5f8505"}' AS BLOB));
INSERT INTO "facts" VALUES(35,CAST('{"seq":35,"time":"2026-11-25T21:38:45.014603Z","kind":"attempt","clientNo":2218,"customerNo":"347514","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":1},"prev":"4ad9373f5baf1155cb82126a8b04cffe1adaded5f0490dbe4a18a3cfdb5f8505","hash":"b21c2a590bc43a57bc31b9b4642faff87a7c66d3eec605c3a9bba2510bb87766"}' AS BLOB));
INSERT INTO "facts" VALUES(36,CAST('{"seq":36,"time":"2026-11-25T21:38:45.014710Z","kind":"verdict","clientNo":2218,"customerNo":"347514","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"prev":"b21c2a590bc43a57bc31b9b4642faff87a7c66d3eec605c3a9bba2510bb87766","hash":"f95869352fa6414fd4443180407ecce8f87fc7bc114c1ffc21ef566daac72528"}' AS BLOB));
INSERT INTO "facts" VALUES(37,CAST('{"seq":37,"time":"2026-11-25T21:38:45.041740Z","kind":"check","clientNo":2218,"customerNo":"390122","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"f95869352fa6414fd4443180407ecce8f87fc7bc114c1ffc21ef566daac72528","hash":"5468500a7fb574482ce0bf362cf9f822b63958a879943c2a49bfb052779ba616"}' AS BLOB));
INSERT INTO "facts" VALUES(38,CAST('{"seq":38,"time":"2026-11-25T21:38:45.041816Z","kind":"intent","clientNo":2218,"customerNo":"390122","attempt":1,"prev":"5468500a7fb574482ce0bf362cf9f822b63958a879943c2a49bfb052779ba616","hash":"cc0b129de6a369678d8d31d54d54ee1749ff9270ca37b84e20583b717be7877a"}' AS BLOB));
INSERT INTO "facts" VALUES(39,CAST('{"seq":39,"time":"2026-11-25T21:38:45.051936Z","kind":"attempt","clientNo":2218,"customerNo":"390122","cause":"http_200","evidence":{"sent":true,"method":"DELETE","status":200,"ms":0},"prev":"cc0b129de6a369678d8d31d54d54ee1749ff9270ca37b84e20583b717be7877a","hash":"b20fbe5ab88a091bcc6dcd265742b889d57824ab44c4aa70be1a3b0fbcccf13d"}' AS BLOB));
INSERT INTO "facts" VALUES(40,CAST('{"seq":40,"time":"2026-11-25T21:38:45.051992Z","kind":"verdict","clientNo":2218,"customerNo":"390122","verdict":"deleted","reason":"confirmed","evidence":{"status":200},"prev":"b20fbe5ab88a091bcc6dcd265742b889d57824ab44c4aa70be1a3b0fbcccf13d","hash":"8dbbbf92838ed6f831034daff35a6f5af355fc8adf960979348754a43369b114"}' AS BLOB));
INSERT INTO "facts" VALUES(41,CAST('{"seq":41,"time":"2026-11-25T21:38:45.083136Z","kind":"check","clientNo":2218,"customerNo":"403432","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"8dbbbf92838ed6f831034daff35a6f5af355fc8adf960979348754a43369b114","hash":"e2d724e8bcc2bd8e5f7f4f3b5dc11df65dbf35580aa302281af863580294161d"}' AS BLOB));
INSERT INTO "facts" VALUES(42,CAST('{"seq":42,"time":"2026-11-25T21:38:45.083221Z","kind":"intent","clientNo":2218,"customerNo":"403432","attempt":1,"prev":"e2d724e8bcc2bd8e5f7f4f3b5dc11df65dbf35580aa302281af863580294161d","hash":"7b24a1d587c942cb873eae94d57283b51e16c2149ffc1401861159c0397888e4"}' AS BLOB));
INSERT INTO "facts" VALUES(43,CAST('{"seq":43,"time":"2026-11-25T21:38:45.124724Z","kind":"check","clientNo":2218,"customerNo":"418031","findings":{"customer":"some","documents":"none","aritems":"none"},"gets":3,"prev":"7b24a1d587c942cb873eae94d57283b51e16c2149ffc1401861159c0397888e4","hash":"2b4c0c984fa75c73ced06dce3c7109d0a16a26304f8f919ce07eb72750381978"}' AS BLOB));
INSERT INTO "facts" VALUES(44,CAST('{"seq":44,"time":"2026-11-25T21:38:45.124807Z","kind":"intent","clientNo":2218,"customerNo":"418031","attempt":1,"prev":"2b4c0c984fa75c73ced06dce3c7109d0a16a26304f8f919ce07eb72750381978","hash":"d74fc7855be42f79874c88dc87eeb1beec5fefdd5eaf2f9c08d14eb988f84687"}' AS BLOB));
CREATE TABLE protect (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE rows (
    line INTEGER PRIMARY KEY,
    customer INTEGER REFERENCES customers (id),
    invalid TEXT,
    cells TEXT NOT NULL
) STRICT;
INSERT INTO "rows" VALUES(2,1,NULL,'["120779"]');
INSERT INTO "rows" VALUES(3,2,NULL,'["161705"]');
INSERT INTO "rows" VALUES(4,3,NULL,'["169746"]');
INSERT INTO "rows" VALUES(5,4,NULL,'["194476"]');
INSERT INTO "rows" VALUES(6,5,NULL,'["208177"]');
INSERT INTO "rows" VALUES(7,6,NULL,'["262500"]');
INSERT INTO "rows" VALUES(8,7,NULL,'["281051"]');
INSERT INTO "rows" VALUES(9,8,NULL,'["332708"]');
INSERT INTO "rows" VALUES(10,9,NULL,'["347514"]');
INSERT INTO "rows" VALUES(11,10,NULL,'["390122"]');
INSERT INTO "rows" VALUES(12,11,NULL,'["403432"]');
INSERT INTO "rows" VALUES(13,12,NULL,'["418031"]');
INSERT INTO "rows" VALUES(14,13,NULL,'["477744"]');
INSERT INTO "rows" VALUES(15,14,NULL,'["515297"]');
INSERT INTO "rows" VALUES(16,15,NULL,'["521098"]');
INSERT INTO "rows" VALUES(17,16,NULL,'["602140"]');
INSERT INTO "rows" VALUES(18,17,NULL,'["645615"]');
INSERT INTO "rows" VALUES(19,18,NULL,'["662749"]');
INSERT INTO "rows" VALUES(20,19,NULL,'["676089"]');
INSERT INTO "rows" VALUES(21,20,NULL,'["856250"]');
INSERT INTO "rows" VALUES(22,21,NULL,'["902331"]');
INSERT INTO "rows" VALUES(23,22,NULL,'["917622"]');
INSERT INTO "rows" VALUES(24,23,NULL,'["939335"]');
INSERT INTO "rows" VALUES(25,24,NULL,'["967037"]');
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    exit_code INTEGER,
    stopped_by TEXT,
    requests TEXT NOT NULL DEFAULT '{}',
    pulse TEXT NOT NULL DEFAULT '{}'  -- how it was going a moment ago, for `status` beside the run
) STRICT;
INSERT INTO "runs" VALUES(1,'run','2026-11-25T21:38:44.598710Z',NULL,NULL,NULL,'{}','{}');
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
COMMIT;
PRAGMA user_version = 1;
