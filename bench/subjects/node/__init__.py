"""The job of the refer webhook in Node, twice, each as one file that esbuild has made.

usual  `import twilio from 'twilio'`, the SDK's document client, Powertools' Logger and Metrics;
       esbuild is called as `sam build` calls it with `BuildMethod: esbuild`.  No Tracer: nothing of
       the job asks for one, and it would make this subject slower.
lean   twilio's two modules that do the job, three commands of the SDK, no document client, no
       Powertools; the SDK's modules are shaken, and the secret is asked for while INIT goes on.

Both ask AWS what ours asks: GetSecretValue once, then one BatchGetItem and one conditional
UpdateItem for each refer.  The runtime client in `runtime` is the last one for Node 20; it runs
with later ones too.  node-gyp is newer than it asks for: that one fails with Python 3.12 and later.

A change of versions: edit package.json, then `npm install --package-lock-only
--omit-lockfile-registry-resolved --ignore-scripts` beside it, so that the lock names no host.
"""
