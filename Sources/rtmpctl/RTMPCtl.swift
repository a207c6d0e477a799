@main struct RTMPCtl { static func main() {} }
