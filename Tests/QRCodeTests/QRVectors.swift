/// Codes as other encoders make them, one of each version, all but the first full, and every mask.
enum QRVectors {
    /// So many bytes of this are encoded.
    static let text = String(repeating: "WIFI:T:WPA;S:LeadVille;P:correct horse;;", count: 8)

    /// The modules stand row by row, four to a digit; the rest is zero.
    static let all: [(count: Int, mask: Int, modules: String)] = [
        (
            9, 1,
            """
            fea3fc10506eaabb7465dba1aec15d07faafe00100a32129e3a91aa62ae329bda3b68040ebfb9f304d0aba06f5d2b92eb72f\
            04ed0fe9f08
            """
        ),
        (
            26, 2,
            """
            fe73bfc13f906eb86bb75ae5dbae4aec158d07faaafe01a600be0f3e68a2586dace9ed3b3c33b7f3450c66b69d8c673833aa\
            aa4efb8048c7ff9aebf053510baf5f85d7ff8eeab7d3041559fee34b8
            """
        ),
        (
            42, 3,
            """
            fe8ad3fc16b0106e8feebb756f05dba1bf2ec1370907faaaafe01b3800b729c25d2676d594cd82bc0a5d308e7a451e5c62e8\
            020ce377ed27608886103cea6bbe406db5d0603b21ea747ce7fb80764c53fa4a2a5051f110ba014fddd7ff6b6eae104b044b\
            59afede3d70
            """
        ),
        (
            62, 4,
            """
            fe93e43fc1323e506e9e338bb750ff95dbabfafaec14e09107faaaaafe01b6ee008be1ff7cfc9be0d8b894f96c44b659ce01\
            bde44fba6d5f900c5f04353561abe9d32ac78e389a25c21392e55aef82028ccd0da1343aafe9dd51a4c9973e0c28308a31df\
            b07ffc0059c0c43fa0502a5045dfb1bbabadafddd2179d92e8fe1439047e8ea0fec8538c8
            """
        ),
        (
            84, 5,
            """
            fe098063fc163120106ebced4abb75169a95dba05bdcaec12f724507faaaaaafe01c701500829b4afe77cd87893c51c1720c\
            fe01443715b0ee4895ab4ed0483daab92600cfba222074bf42fb63e3c522f4e8e262b9ee65bbd28f470c27f3fdb733ce3228\
            f2c6ec6fb8c26a9fe242105f52b90b8ec9f4ced9e882f8261f72dd1509db38ac2ff9805abd8c57f8d4cf2b3044a1451bba06\
            035f85d3f0c2bbee8c600d8f049713189fe97388ea8
            """
        ),
        (
            106, 6,
            """
            fe8e6284bfc167d865906eafa910ebb74bec8a05dbafd597f2ec11435d3507faaaaaaafe002b77e4009fe579a8cba2a26191\
            0f44f049f49d1e3e4a47f1ab3a043c926a69a49b6af448f67a7f5af18b36721d96ae334484a6200f1afe95c22f55eaaeb735\
            3a2073b2dd036760e71f3dc84d89f4bc7bb99b10c778e87a0510022f288f96189ebca3feb5ca31ad204337e775ba71953ec8\
            44a8f64788a4dedeb3f91820e535ce1f78beff00764b9a453fa949cceb9053ab67b1abae56185fddd6aba3ac56e937735a7b\
            040da6004dfea44bddca0
            """
        ),
        (
            122, 7,
            """
            fe0a1f768bfc1086987e906e87cbf524bb74709eac35dba784ff67aec17d6c6ae107faaaaaaaafe007e51ebd00969d3f9d35\
            03413684040c89d36a7306abb3b6599cec03b1574dcd19de9177209af05e0013239e581bb83c2b73a72dfa36f974a34df568\
            9720d18068152b29ef66314829fe62f9f7fd2c46444ae4776b1a2b15ebab11fb132918dfb33fbdefaf60bae683d699b96aaf\
            335d1a81d0ba1d347fee510eb9702567728b80a84105768ea5aee688b4eb6398fe2a3007811fc446d0c2e6155a68daf0cf80\
            84dab9b09afb8cf9007b4c601c47f9912ae9ab505831103f10ba5f1fb6ffadd4afeb8c7d2e855f173e6f04e9de688a0fed6b\
            4bd7650
            """
        ),
        (
            152, 0,
            """
            fe5e32bfb8bfc16ae31399d06e8bf98fee6bb748920c00a5dba8a0bf2f42ec12a591d3d107faaaaaaaaafe008c44776200aa\
            0de3fbbd091cd3a24c0c867dc6b23001f93e09aa193b32102f295d9dbb80a558144a22697f3fd4457167810423b3efe12606\
            25bbd9fd90e9aae8082f4a8be2b5fb97e593741df1fc13fef41cdacfb7c6f4240000f77e053ffbbbf631fbb4571b138aa312\
            abeaae9c75e118c4c477f169fa62bfb9241ee3fffb8de68863f98f5986ad234885a1c8c2f1a4d9d713230bf380b2c66f3659\
            da180c7a7218a6b0fbed2d5c575c73be9e67b2832c2f8431b9c8a3cb2423a0af051e8b31d631f6e2596ac08b31e2dd37fffe\
            fb0059c3168647ff8104a9616b704255c776119baf6a3fbbcfcdd0e63ec0c842ea1c1e801e39043e60becc0afefba7df9825\
            8
            """
        ),
        (
            180, 1,
            """
            feb2b2d3aee3fc1130c19d79906eb3d5ab8e74bb74428908a2d5dba3e5cfbb222ec154f845199107faaaaaaaaaafe0034551\
            272000a35eabf89ae12b0d19dc4e06a400b9f7122a5cc32abc64827849bb2f89bc6dec8ca23b991ee82a462856817ce69fab\
            3a71285549198bd3235caa81d4046413e82620d4c5aadb21db32f32c449dd51394207ebdee88ede0c095aea4ea468d5c15f5\
            27166f9b9b2ba0a6a8dffa3afeaaffc84703546eaec5e2b7deead556aad1db9916271192fc31bfc89bfff0ab71e24686ab7e\
            7e1c5c4c48b433fbc2386b501e6b922b8cf20ee595d58a2cc1e1e0aecc6ea1be313d9aa14b6d8a753b628cdb459a499fd626\
            eaadd899b5b0dfacbd8a48be9e790b2bdf8a22e8ba46eb295d4624ebf7d88f4832e582c29d6eab83dcb139dabfdeb9f9807f\
            7646aee46ffb7382b2b42b30477131f7051bba4cc7ffd88fe5d1f3c8e286ddeeb3eea13c2ba504a3d9a42a7b0fec244c8e8d\
            c08
            """
        ),
        (
            213, 2,
            """
            fe21aa8794e73fc1275e7217ba906ea2b1721db3cbb7505e1c6b0625dba9805bf05e12ec14a6631758f107faaaaaaaaaaafe\
            01ea3747871a00be6335be3e55be182255d7c2f4ef00d4f1d2397b26d42b98c17a17b1532d325f53f42556eca06db423ae19\
            dbf43c81a84acc90adeca183d24ec7e365c57a71a376db21cf0638ed90a376499ae3d742070cb8d0bd097333617e15817f4b\
            6b2ced7ac38e3a28f059ede81d7403ea3c3c6d877ff3d032e338346310bd21d5ca74e09be3ab6fcca3ffc515bd8c7217915f\
            aba672a0920acdc737371a492c40be3a34fcbd0be4507da8a36f9e8ec7b9015d3e566eb8368d42cab04995cd10ededb733ee\
            bcdcd790b5864aa15e7e60c70d4005aadd306f4c0df964d0ede85d4010479079831faeefbc075758704a08dca25242f8489e\
            d387f99ac585c83b754b68bf0cd925332c97c6092e467eedbc85ec0e9f8084aabd0f61f3d91379f42e0e0386d77f3a12fe80\
            73bb71ea7c473f890a6a88e26b505796b4583571fba9358ff7a14ff5d51e3c506b00c2ea69cb0a9b7f910464953fa0e32cfe\
            f209113e35ef0
            """
        ),
    ]
}
